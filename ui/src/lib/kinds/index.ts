/** All kinds of identity, in the order of the picker. */
import type { IdentitySettings } from '../../bindings/IdentitySettings';
import { cognito } from './cognito';
import { consoleSignIn } from './console';
import { directory } from './directory';
import { iamUser } from './iam-user';
import { identityCenter } from './identity-center';
import type { Kind } from './kind';
import { oauth } from './oauth';
import { oidc } from './oidc';
import { profile } from './profile';
import { saml } from './saml';

const FORMS = {
  'identity-center': identityCenter,
  saml,
  oidc,
  'iam-user': iamUser,
  directory,
  console: consoleSignIn,
  profile,
  cognito,
  oauth,
};

/** A kind of the broker without a form does not compile. */
const BY_WORD: Record<IdentitySettings['kind'], Kind> = FORMS;

export const KINDS: readonly Kind[] = Object.values(FORMS);

export function kindOf(settings: IdentitySettings): Kind {
  return BY_WORD[settings.kind];
}
