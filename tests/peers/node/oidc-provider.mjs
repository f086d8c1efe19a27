// A certified OpenID provider on loopback, with a public PKCE client, rotating refresh tokens and the device flow. It
// has two more clients: `confidential`, whose secret is `client-secret` (sent with Basic authentication), and `oauth`,
// which gets a refresh token without asking for one, as with plain OAuth 2.0 providers.
//
// Environment: PORT; ISSUER (default http://127.0.0.1:PORT); CLIENT_ID; ROLES (JSON list for the `roles` claim);
// TTL_ACCESS, TTL_ID, TTL_REFRESH (seconds); REFUSE_REFRESH (refuses refresh tokens while this file exists);
// HOLD_REFRESH (exchanges refresh tokens, but answers only once this file is gone);
// TLS_KEY and TLS_CERT (PEM files for https).
import { createServer as http } from 'node:http';
import { createServer as https } from 'node:https';
import { existsSync, readFileSync } from 'node:fs';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const env = process.env;
const port = Number(env.PORT);
const tls = env.TLS_KEY ? { key: readFileSync(env.TLS_KEY), cert: readFileSync(env.TLS_CERT) } : undefined;
const issuer = env.ISSUER ?? `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
const seconds = (name, byDefault) => Number(env[name] ?? byDefault);

// A new key for this run, because everyone knows the built-in development keys.
// It goes through PEM, because exporting the pair's own object as JWK sometimes never returns (Node 20).
const { privateKey: pem } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const key = { ...createPrivateKey(pem).export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'peer' };

const client = (id, how) => ({
  client_id: id,
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  response_types: ['code'],
  // Any port of a loopback redirect matches (RFC 8252, section 7.3).
  redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback'],
  ...how,
});

const provider = new Provider(issuer, {
  clients: [
    client(env.CLIENT_ID ?? 'daypass', { token_endpoint_auth_method: 'none' }),
    client('oauth', { token_endpoint_auth_method: 'none' }),
    client('confidential', { token_endpoint_auth_method: 'client_secret_basic', client_secret: 'client-secret' }),
  ],
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
    revocation: { enabled: true },
  },
  jwks: { keys: [key] },
  cookies: { keys: ['only for tests'] },
  pkce: { required: () => true },
  scopes: ['openid', 'offline_access', 'profile', 'email'],
  claims: { openid: ['sub', 'roles'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
  conformIdTokenClaims: false, // the ID token itself has the claims of the scopes, as with most providers
  ttl: {
    AccessToken: seconds('TTL_ACCESS', 300),
    IdToken: seconds('TTL_ID', 300),
    RefreshToken: seconds('TTL_REFRESH', 3600),
    DeviceCode: 600,
    Session: 3600,
    Interaction: 3600,
    Grant: 3600,
  },
  rotateRefreshToken: true,
  issueRefreshToken: async (_context, client, code) => code.scopes.has('offline_access') || client.clientId === 'oauth',
  async findAccount(_context, id, token) {
    // invalid_grant, as if an administrator had disabled the account.
    if (token?.kind === 'RefreshToken' && env.REFUSE_REFRESH && existsSync(env.REFUSE_REFRESH)) return undefined;
    return {
      accountId: id,
      claims: async () => ({
        sub: id,
        name: id,
        preferred_username: id,
        email: `${id}@example.org`,
        email_verified: true,
        roles: JSON.parse(env.ROLES ?? '[]'),
      }),
    };
  },
});

provider.use(async (context, next) => {
  await next();
  const isRefresh = context.oidc?.params?.grant_type === 'refresh_token';
  while (isRefresh && env.HOLD_REFRESH && existsSync(env.HOLD_REFRESH)) await new Promise((go) => setTimeout(go, 20));
});

provider.on('grant.success', (context) => console.log('granted', context.oidc.params.grant_type));

const server = tls ? https(tls, provider.callback()) : http(provider.callback());
server.listen(port, '127.0.0.1', () => console.log('ready', issuer));
