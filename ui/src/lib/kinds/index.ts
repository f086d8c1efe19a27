/** All kinds of identity, in the order of the picker. */
import type { IdentitySettings } from '../../bindings/IdentitySettings';
import type { Kind } from './kind';
import { oidc } from './oidc';

/** The compiler sees a kind of the broker that has no form. */
const FORMS: Record<IdentitySettings['kind'], Kind> = { oidc };

export const KINDS: readonly Kind[] = Object.values(FORMS);

export function kindOf(settings: IdentitySettings): Kind {
  return FORMS[settings.kind];
}
