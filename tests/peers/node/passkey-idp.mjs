// A SAML identity provider that knows people by a passkey alone: Auth0's samlp makes the assertions, SimpleWebAuthn
// verifies the passkey. Prints its URL as JSON. Arguments: the key, the certificate, and a JSON file with the person.
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import samlp from 'samlp';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';

const [key, cert, about] = process.argv.slice(2).map((file) => readFileSync(file, 'utf8'));
const person = JSON.parse(about);
/** Challenges and people by their cookie. */
const sessions = new Map();
let passkey;

/** What samlp asks of a framework: a parsed query, and an answer that is sent in one go. */
function dressed(request, response) {
  const url = new URL(request.url, origin());
  request.query = Object.fromEntries(url.searchParams);
  request.originalUrl = request.url;
  response.set = (name, value) => response.setHeader(name, value);
  response.send = (body) => {
    if (typeof body === 'number') response.writeHead(body).end();
    else response.end(body);
  };
  return url;
}

const profileMapper = (user) => ({
  getClaims: () => user.attributes,
  getNameIdentifier: () => ({ nameIdentifier: user.name }),
});

const answer = samlp.auth({
  issuer: 'urn:daypass:test:passkeys',
  cert,
  key,
  lifetimeInSeconds: 300,
  audience: 'urn:amazon:webservices',
  recipient: person.acs,
  destination: person.acs,
  digestAlgorithm: 'sha256',
  signatureAlgorithm: 'rsa-sha256',
  getPostURL: (_audience, _dom, _request, done) => done(null, person.acs),
  getUserFromRequest: () => person,
  profileMapper,
});

const page = `<!doctype html><title>Sign in with your passkey</title>
<button id="register">Make a passkey</button> <button id="sign-in">Use your passkey</button>
<script type="module">
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const ask = async (path, body) => (await fetch(path, { method: 'POST', body: JSON.stringify(body ?? {}) })).json();
  document.querySelector('#register').onclick = async () => {
    const publicKey = await ask('/register');
    publicKey.challenge = bytes(publicKey.challenge);
    publicKey.user.id = bytes(publicKey.user.id);
    const made = await navigator.credentials.create({ publicKey });
    document.title = (await ask('/registered', made.toJSON())).verified ? 'Registered' : 'Refused';
  };
  document.querySelector('#sign-in').onclick = async () => {
    const publicKey = await ask('/sign-in');
    publicKey.challenge = bytes(publicKey.challenge);
    publicKey.allowCredentials = publicKey.allowCredentials.map((known) => ({ ...known, id: bytes(known.id) }));
    const shown = await navigator.credentials.get({ publicKey });
    if ((await ask('/signed-in', shown.toJSON())).verified) location.reload();
  };
</script>`;

const origin = () => `http://localhost:${server.address().port}`;

async function posted(request) {
  let text = '';
  for await (const part of request) text += part;
  return JSON.parse(text);
}

const expected = (session) => ({
  expectedChallenge: session.challenge,
  expectedOrigin: origin(),
  expectedRPID: 'localhost',
});

const deeds = {
  '/register': async (session) => {
    const options = await generateRegistrationOptions({ rpName: 'Passkeys', rpID: 'localhost', userName: person.name });
    session.challenge = options.challenge;
    return options;
  },
  '/registered': async (session, response) => {
    const { verified, registrationInfo } = await verifyRegistrationResponse({ response, ...expected(session) });
    passkey = registrationInfo?.credential;
    return { verified };
  },
  '/sign-in': async (session) => {
    const allowCredentials = passkey ? [{ id: passkey.id }] : [];
    const options = await generateAuthenticationOptions({ rpID: 'localhost', allowCredentials });
    session.challenge = options.challenge;
    return options;
  },
  '/signed-in': async (session, response) => {
    const { verified } = await verifyAuthenticationResponse({ response, credential: passkey, ...expected(session) });
    session.isKnown = verified;
    return { verified };
  },
};

const server = createServer(async (request, response) => {
  try {
    const url = dressed(request, response);
    const known = /(?:^|; )person=([0-9a-f]+)/.exec(request.headers.cookie ?? '')?.[1];
    const id = sessions.has(known) ? known : randomBytes(16).toString('hex');
    const session = sessions.get(id) ?? {};
    sessions.set(id, session);
    response.setHeader('Set-Cookie', `person=${id}; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600`);
    if (request.method === 'POST') {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(await deeds[url.pathname](session, await posted(request))));
    } else if (url.pathname !== '/aws') {
      response.writeHead(404).end();
    } else if (session.isKnown) {
      console.error('assertion issued');
      answer(request, response, (error) => {
        console.error(error);
        response.writeHead(500).end();
      });
    } else {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(page);
    }
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});

server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: origin() })));
