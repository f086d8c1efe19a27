/** The form of an OpenID Connect identity: texts as typed, and what they mean. */
import type { IdentitySettings } from '../bindings/IdentitySettings';
import * as validate from './validate';

export interface IdentityForm {
  name: string;
  issuer: string;
  clientId: string;
  scopes: string;
  redirectPort: string;
  sessionName: string;
  rolesClaim: string;
  caFile: string;
}

export type IdentityField = keyof IdentityForm;

export const DEFAULT_SCOPES = 'email offline_access';

export function emptyForm(): IdentityForm {
  return {
    name: '',
    issuer: '',
    clientId: '',
    scopes: DEFAULT_SCOPES,
    redirectPort: '',
    sessionName: '',
    rolesClaim: '',
    caFile: '',
  };
}

export function formOf(name: string, settings: IdentitySettings): IdentityForm {
  return {
    name,
    issuer: settings.issuer,
    clientId: settings.client_id,
    scopes: settings.scopes.join(' '),
    redirectPort: settings.redirect_port?.toString() ?? '',
    sessionName: settings.session_name ?? '',
    rolesClaim: settings.roles_claim ?? '',
    caFile: settings.ca_file ?? '',
  };
}

export function settingsOf(form: IdentityForm): IdentitySettings {
  const text = (value: string) => value.trim() || null;
  const port = form.redirectPort.trim();
  return {
    kind: 'oidc',
    issuer: form.issuer.trim(),
    client_id: form.clientId.trim(),
    scopes: form.scopes.split(/\s+/).filter((scope) => scope !== '' && scope !== 'openid'),
    redirect_port: port === '' ? null : Number(port),
    session_name: text(form.sessionName),
    roles_claim: text(form.rolesClaim),
    ca_file: text(form.caFile),
  };
}

/** What is wrong in which field. `taken`: names of other identities. */
export function complaints(form: IdentityForm, taken: readonly string[]): Partial<Record<IdentityField, string>> {
  const found: Record<IdentityField, validate.Complaint> = {
    name: validate.identityName(form.name.trim(), taken),
    issuer: validate.issuerUrl(form.issuer.trim()),
    clientId: validate.clientId(form.clientId.trim()),
    scopes: validate.scopes(form.scopes),
    redirectPort: validate.redirectPort(form.redirectPort.trim()),
    sessionName: validate.sessionName(form.sessionName.trim()),
    rolesClaim: null,
    caFile: null,
  };
  return Object.fromEntries(Object.entries(found).filter(([, complaint]) => complaint !== null));
}
