/** What the fake backend recognises: the few texts that the window's tests paste. The broker knows many more. */
import type { ProposedIdentity } from '../bindings/ProposedIdentity';
import type { Recognised } from '../bindings/Recognised';
import type { RecognisedThing } from '../bindings/RecognisedThing';

export function recognisedIn(text: string, ask: boolean, names: readonly string[]): Recognised {
  const known = CASES.find(([pattern]) => pattern.test(text));
  const [, thing, provider, read] = known ?? [null, 'nothing' as const, null, null];
  const { of = '', ...identity } = read?.(text, ask) ?? {};
  const isWhole = 'kind' in identity;
  const base = isWhole ? (identity as ProposedIdentity).name : '';
  const taken = names.filter((name) => name === base).length;
  return {
    thing,
    provider,
    of,
    identity: isWhole ? { ...(identity as ProposedIdentity), name: taken ? `${base}-2` : base } : null,
    unanswered: text.includes('unreachable') ? 'https://unreachable.example/: connection refused' : null,
    canAsk: thing === 'access-portal' && !ask,
  };
}

type Read = (text: string, ask: boolean) => Partial<ProposedIdentity> & { of?: string };

const host = (text: string): string => /[a-z]+:\/\/([^/\s:]+)/.exec(text)?.[1] ?? '';
const company = (text: string): string => host(text).split('.').at(-2) ?? 'work';
const address = (text: string): string => /[a-z]+:\/\/\S+/.exec(text)?.[0] ?? '';
const own = (text: string, kind: string, filled: Record<string, string>, asked: string[] = []) => ({
  of: host(text),
  name: company(text),
  kind,
  filled: { default_region: 'eu-central-1', ...filled },
  asked,
});

const CASES: readonly [RegExp, RecognisedThing, string | null, Read | null][] = [
  [
    /awsapps\.com\/start/,
    'access-portal',
    'AWS',
    (text, ask) => {
      const name = /([a-z0-9-]+)\.awsapps/.exec(text)?.[1] ?? '';
      const start_url = `https://${name}.awsapps.com/start`;
      const tells = ask && name !== 'silent';
      return {
        of: name,
        name,
        kind: 'identity-center',
        filled: { start_url, ...(tells ? { region: 'eu-west-1', default_region: 'eu-west-1' } : {}) },
        asked: tells ? [] : ['region'],
      };
    },
  ],
  [/awsapps\.com/, 'portal-without-directory', 'AWS', (text) => ({ of: host(text) })],
  [/okta\.com\/home/, 'aws-tile', 'Okta', (text) => ({ ...own(text, 'saml', { start_url: address(text) }), name: 'acme' })],
  [/realms\/staff$/, 'issuer', 'Keycloak', (text) => own(text, 'oidc', { issuer: address(text) }, ['client_id'])],
  [
    /^ldaps?:/,
    'directory',
    null,
    (text) =>
      own(text, 'directory', { url: address(text) }, ['bind_dn', 'broker_access_key_id', 'broker_secret_access_key']),
  ],
  [
    /AKIA[A-Z0-9]{12,}/,
    'access-key',
    'AWS',
    (text) => {
      const access_key_id = /AKIA[A-Z0-9]+/.exec(text)?.[0] ?? '';
      return { ...own('', 'iam-user', { access_key_id }, ['secret_access_key']), of: access_key_id, name: 'kim' };
    },
  ],
  [/^arn:aws:iam::\d{12}:role/, 'role', 'AWS', (text) => ({ of: text })],
  [
    /\/switchrole\?/,
    'role',
    'AWS',
    (text) => {
      const { searchParams: asked } = new URL(text);
      return { of: `arn:aws:iam::${asked.get('account')}:role/${asked.get('roleName')}` };
    },
  ],
  [/^[A-Za-z0-9/+]{40}$/, 'secret', null, null],
  [/^https:/, 'web-page', null, (text) => own(text, 'saml', { start_url: address(text) })],
];
