/** The first minute: the welcome, what a pasted text is, and how an identity is added. */
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { Recognised } from '../bindings/Recognised';
import type { RecognisedThing } from '../bindings/RecognisedThing';
import { listed } from '../lib/time';

/** A sentence or two about something, and what to do about it. */
export interface Told {
  title: string;
  text: string;
}

export const welcome = {
  title: 'Welcome to Daypass',
  what: 'Sign in once, pick a role, and every AWS tool on this machine gets fresh credentials.',
  importFrom: (tools: readonly string[]): string => `Import from ${listed(tools, 3)}`,
  importWhat: 'Your identities, roles and profiles. You see what changes before anything does.',
  orPaste: 'Or set it up yourself',
  sandbox: 'Nothing yet: try the sandbox',
  sandboxWhat: 'A local AWS on this machine. You don’t need an AWS account, and your AWS files aren’t touched.',
  noTray: 'This desktop has no tray. Closing the window quits Daypass.',
};

export const paste = {
  label: 'Paste the address your company gave you',
  help: 'Or the whole email it came in. Daypass recognises it and fills in the rest.',
  placeholder: 'https://acme.awsapps.com/start',
  reading: 'Looking at it…',
  go: 'Continue',
  question: 'What did your company give you?',
  questionLabel: 'What your company gave you',
  importAsk: 'Do you already use another AWS tool?',
  importGo: 'Import from other tools',
  notAllowed: 'Your organization doesn’t allow this.',
};

/** Each kind as the answer to what the company gave the person. */
export const given: Record<IdentitySettings['kind'], { title: string; about: string }> = {
  'identity-center': { title: 'A start URL', about: 'Ends in awsapps.com/start (AWS SSO)' },
  saml: { title: 'An AWS tile or link', about: 'It opens the AWS console (SAML)' },
  oidc: { title: 'An issuer and a client ID', about: 'Keycloak, Okta, Entra ID… (OpenID)' },
  'iam-user': { title: 'Access keys', about: 'An ID that starts with AKIA, and a secret' },
  directory: { title: 'A user name and password', about: 'For your company’s directory (LDAP)' },
  console: { title: 'Only the AWS console', about: 'You open it in your browser' },
  profile: { title: 'A profile that works', about: 'Another tool refreshes it' },
  cognito: { title: 'An identity pool ID', about: 'From Amazon Cognito' },
  oauth: { title: 'A login with Amazon or Facebook', about: 'OAuth 2.0 without OpenID' },
};

export const form = {
  add: (what: string): string => `Add identity: ${what}`,
  begin: 'Add identity',
  edit: (name: string): string => `Edit identity ${name}`,
  advanced: 'Advanced',
  back: 'Other ways',
  name: 'Name',
  nameStays: 'To change the name, choose Rename… in the identity’s menu.',
  missing: (what: string): string => `Enter the ${what}.`,
  fromCatalog: (name: string): string =>
    `This identity comes from shared catalog ${name}. Only the catalog’s maintainers can change its settings. You can enter its secrets here, or replace it by adding your own identity with the same name.`,
  choose: 'Choose one',
  none: 'None yet',
  nameHelp: (example: string): string => `Any name you like, such as ${example}`,
  nameSuggested: 'Change it if you like. It’s what you call this identity here.',
  nameMissing: 'Enter a name, such as your company’s.',
  save: 'Save identity',
  saveAndSignIn: 'Save and sign in',
  saveChanges: 'Save changes',
  saving: 'Saving…',
  tryIt: 'Check settings',
  trying: 'Checking…',
  cancel: 'Cancel',
  unanswered: (why: string): string => `The address couldn’t be checked (${why}). If it’s right, you can continue.`,
};

export const afterSignIn = {
  choose: 'You’re signed in. Choose a role and press Enter to start it',
};

/** The provider by its own name, or a word for it. */
const by = (it: Recognised): string => it.provider ?? it.of;

/** What was recognised, and what happens next or what else is needed. */
const THINGS: Record<RecognisedThing, (it: Recognised) => Told> = {
  'access-portal': (it) => ({
    title: `AWS access portal of ${it.of}`,
    text: it.identity?.filled['region']
      ? `IAM Identity Center in ${it.identity.filled['region']}. Sign in there in your browser, and all your roles appear here.`
      : 'Sign in there in your browser, and all your roles appear here. Only its region is missing.',
  }),
  'company-portal': (it) => ({
    title: `AWS access portal behind ${it.of}`,
    text: 'Your company’s address leads to IAM Identity Center. Sign in there in your browser, and all your roles appear here.',
  }),
  'portal-without-directory': () => ({
    title: 'An AWS access portal, but whose?',
    text: 'The part that names your company is missing. It looks like https://acme.awsapps.com/start, or https://start.us-gov-home.awsapps.com/directory/d-1234567890 in GovCloud.',
  }),
  'portal-tile': (it) => ({
    title: `A tile of ${by(it)} for the AWS access portal`,
    text: 'Open it in the browser. When you see your AWS accounts, copy the address there and paste it here.',
  }),
  'aws-tile': (it) => ({
    title: `${by(it)}’s page for AWS`,
    text: 'Sign in there in your browser or a Daypass window. The sign-in lists your roles, so you don’t have to set anything up.',
  }),
  'home-page': (it) => ({
    title: `${by(it)}’s page with all your apps`,
    text: 'This works if AWS is among them: choose its tile when you sign in. To skip that step, copy the tile’s own address and paste it here instead.',
  }),
  'saml-endpoint': (it) => ({
    title: `${by(it)}’s SAML sign-in`,
    text: 'Daypass requests a sign-in to AWS there, in your browser or a Daypass window. The sign-in lists your roles.',
  }),
  issuer: (it) => ({
    title: `OpenID Connect at ${by(it)}`,
    text: it.identity?.filled['client_id']
      ? 'Sign in there in your browser.'
      : 'You also need the client ID of the application registered there for Daypass.',
  }),
  'any-tenant': (it) => ({
    title: `${by(it)} for everyone`,
    text: 'The part that names your company is missing. Open myapps.microsoft.com, right-click the AWS tile and copy its address. Or ask for the tenant ID.',
  }),
  'web-page': (it) => ({
    title: `A page at ${it.of}`,
    text: 'Daypass doesn’t recognise it. If it’s the page where you click to open the AWS console, continue, and sign in there in your browser or a Daypass window.',
  }),
  directory: (it) => ({
    title: `A directory (LDAP) at ${it.of}`,
    text: 'Sign in with your user name and password for it. Ask your administrator for the rest.',
  }),
  'access-key': (it) => ({
    title: `The access key ${it.of}`,
    text: 'Its secret goes to the vault and is never shown again.',
  }),
  'temporary-key': () => ({
    title: 'A temporary access key',
    text: 'It expires within hours, and Daypass can’t renew it. Paste the address you got it from: the AWS access portal or your company’s page for AWS.',
  }),
  'mfa-device': (it) => ({
    title: 'An MFA device of an IAM user',
    text: `Daypass asks for its codes when it needs one. You also need the access key of the user: ${it.of}`,
  }),
  'identity-pool': (it) => ({
    title: `The Cognito identity pool ${it.of}`,
    text: 'You sign in to it with an OpenID Connect identity, and it gives you a role in its account.',
  }),
  'aws-console': () => ({
    title: 'The AWS console',
    text: 'Daypass can use the console session in your browser, for 12 hours at most. If your company has its own page for AWS, paste the address of that page instead.',
  }),
  role: (it) => ({
    title: `A role: ${it.of}`,
    text: 'You start it once you’re signed in. First, paste the address where you sign in.',
  }),
  'other-arn': (it) => ({
    title: 'An ARN',
    text: `${it.of} doesn’t say how you sign in. Paste your sign-in address.`,
  }),
  account: (it) => ({
    title: `AWS account ${it.of}`,
    text: 'It doesn’t say how you sign in. Paste your sign-in address.',
  }),
  'aws-web-site': (it) => ({
    title: `A page of AWS (${it.of})`,
    text: 'It’s the same for everyone. Your own address has your company’s name in it, such as https://acme.awsapps.com/start',
  }),
  'email-address': (it) => ({
    title: `An email address at ${it.of}`,
    text: 'It doesn’t say how you sign in. Paste your sign-in address, or the whole email it came in.',
  }),
  secret: () => ({
    title: 'That looks like a secret',
    text: 'It was removed from the field and isn’t kept. If it belongs to an access key, choose “Access keys” below: the secret has a hidden field there.',
  }),
  nothing: () => ({
    title: 'Daypass doesn’t recognise this',
    text: 'Paste a web address, an access key ID or the whole email. Or answer the question below.',
  }),
};

export const recognised = (it: Recognised): Told => THINGS[it.thing](it);
