/** What the fake backend answers and never changes: browsers, a denial, problems. */
import type { BrowserChoice } from '../bindings/BrowserChoice';
import type { BrowserChoices } from '../bindings/BrowserChoices';
import type { Denial } from '../bindings/Denial';
import type { Problem } from '../bindings/Problem';

export const unreachable = (issuer: string): Problem => ({
  code: 'oidc-unreachable',
  message: `${issuer}/.well-known/openid-configuration could not be reached: no such host`,
  hint: 'Check the address, and whether you need your company’s VPN.',
  kind: 'passing',
  requestId: null,
});

const SYSTEM: BrowserChoice = { label: 'System browser', browser: null, profile: null, private: false, isolated: false };

export const BROWSERS: BrowserChoices = {
  current: SYSTEM.label,
  whose: 'all roles of its account',
  choices: [
    SYSTEM,
    { ...SYSTEM, label: 'Firefox', browser: 'firefox' },
    { ...SYSTEM, label: 'Firefox, profile Work', browser: 'firefox', profile: 'Work' },
    { ...SYSTEM, label: 'Firefox, private window', browser: 'firefox', private: true },
    { ...SYSTEM, label: 'Firefox, a profile for each account', browser: 'firefox', isolated: true },
  ],
};

export const DENIAL: Denial = {
  verdict: 'explicit-deny',
  principal: {
    id: 'AROAQ3EGRIXFAKE7XYZA:mara@example.com',
    name: 'mara@example.com',
    arn: 'arn:aws:sts::104928374651:assumed-role/Developer/mara@example.com',
  },
  action: 'ec2:RunInstances',
  resource: 'arn:aws:ec2:us-east-1:104928374651:instance/*',
  statements: [
    {
      id: 'OnlyInEurope',
      effect: 'DENY',
      actions: ['ec2:*'],
      resources: ['*'],
      principals: [],
      conditions: [{ key: 'aws:RequestedRegion', values: ['eu-central-1', 'eu-west-1'] }],
    },
  ],
  context: [
    { key: 'aws:RequestedRegion', values: ['us-east-1'] },
    { key: 'ec2:InstanceType', values: ['m7i.large'] },
  ],
  failures: [],
};

export const wrongPassword = (identity: string): Problem => ({
  code: 'directory-wrong-password',
  message: `the password was refused by ${identity}`,
  hint: 'type it again. After a few tries, the directory may lock the account',
  kind: 'refused',
  requestId: null,
});

export const unknownSession = (profile: string): Problem => ({
  code: 'unknown-session',
  message: `no session is running for profile ${profile}`,
  hint: 'start a role under this profile, or name a running session',
  kind: 'not-found',
  requestId: null,
});

export const VAULT_LOCKED: Problem = {
  code: 'vault-locked',
  message: 'the vault is locked',
  hint: 'unlock it and try again',
  kind: 'failed',
  requestId: null,
  next: { step: 'unlock-vault' },
};

export const withoutAccount = (page: string): Problem => ({
  code: 'page-without-account',
  message: `"${page}" doesn't say in which account it is`,
  hint: null,
  kind: 'invalid',
  requestId: null,
});

export const trialEnded = (): Problem => ({
  code: 'trial-ended',
  message: 'the trial was ended',
  hint: null,
  kind: 'cancelled',
  requestId: null,
});

export const cancelled = (identity: string): Problem => ({
  code: 'sign-in-cancelled',
  message: `The sign-in to ${identity} was cancelled`,
  hint: null,
  kind: 'cancelled',
  requestId: null,
});

export const foreignProfile = (profile: string, file: string): Problem => ({
  code: 'foreign-profile',
  message: `Profile ${profile} in ${file} was not written by Daypass`,
  hint: 'Choose another profile name, or let Daypass back the file up and replace the profile.',
  kind: 'refused',
  requestId: null,
});
