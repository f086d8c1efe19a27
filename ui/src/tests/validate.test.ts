import { describe, expect, it } from 'vitest';
import { complaints, emptyForm, formOf, settingsOf } from '../lib/kinds/form';
import { oidc } from '../lib/kinds/oidc';
import * as validate from '../lib/validate';

type Check = (text: string) => string | null;

function takes(check: Check, good: string[], bad: Record<string, RegExp>) {
  for (const text of good) expect(check(text), `“${text}” is fine`).toBeNull();
  for (const [text, why] of Object.entries(bad)) expect(check(text), `“${text}” is explained`).toMatch(why);
}

// The same examples as in crates/broker/src/names.rs.
describe('fields', () => {
  it('role ARN', () => {
    takes(
      validate.roleArn,
      [
        'arn:aws:iam::123456789012:role/Dev',
        'arn:aws-cn:iam::012345678901:role/team/blue/Dev',
        'arn:aws-us-gov:iam::123456789012:role/a+b=c,d.e@f-g_h',
      ],
      {
        '': /Paste/,
        'arn:a': /Not complete/,
        'arn:aws:iam::1234': /Not complete/,
        'arn:mars:iam::123456789012:role/Dev': /mars.*partition/,
        'arn:aws:iam::12345678901:role/Dev': /12 digits.*11/,
        'arn:aws:iam::123456789012:user/Dev': /role\//,
        'arn:aws:iam::123456789012:role/': /name is missing/,
        'arn:aws:iam::123456789012:role//Dev': /one “\/” too many/,
        'arn:aws:iam::123456789012:role/De v': /blanks/,
        'arn:aws:sts::123456789012:assumed-role/Dev/me': /session/,
        'arn:aws:iam:us-east-1:123456789012:role/Dev': /iam::/,
        Dev: /Begin with “arn:”/,
      },
    );
  });

  it('profile name cannot inject a line or a section', () => {
    takes(validate.profileName, ['default', 'my dev', 'corp/prod-1', 'grün', 'a.b:c@d'], {
      '': /Enter/,
      ' dev': /blank at the beginning/,
      'a\nb': /line break/,
      'a]b': /“]”/,
      '[x': /“\[”/,
      'a\u0000b': /invisible/,
      'a;b': /“;”/,
      'a#b': /“#”/,
      'a\u2028b': /invisible/,
      ['ü'.repeat(65)]: /128/,
    });
  });

  it('issuer URL', () => {
    takes(validate.issuerUrl, ['https://login.example.com', 'https://a.example/realms/x', 'http://127.0.0.1:8080/'], {
      '': /Enter/,
      'login.example.com': /https:\/\//,
      'http://login.example.com': /https/,
      'https://me:pw@login.example.com': /password/,
      'https://login.example.com/?a=b': /“\?”/,
      'https://login.example.com/.well-known/openid-configuration': /Daypass adds it/,
    });
  });

  it('the rest', () => {
    takes(validate.duration, ['', '15m', '12h', '3600', '90m'], { '14m': /15 minutes/, '13h': /12 hours/, '1d': /1h/ });
    takes(validate.region, ['', 'eu-central-1', 'us-gov-west-1'], { Frankfurt: /eu-central-1/, 'eu--west-1': /code/ });
    takes(validate.redirectPort, ['', '8400'], { '80': /1024/, '70000': /65535/, abc: /port/ });
    takes(validate.sessionNameTemplate, ['', '{email}', '{sub}-x'], { '{email': /}/, '{}': /claim/, 'a b': /a blank/ });
    takes(validate.identityName, ['acme', 'A.1_b-c'], { '': /name/, '-a': /Begin/, 'a b': /a blank/ });
    expect(validate.identityName('acme', ['acme'])).toMatch(/already/);
    expect(validate.scope('"x')).toMatch(/blanks/);
  });

  it('suggests a profile that is free', () => {
    const arn = 'arn:aws:iam::123456789012:role/team/Developer';
    expect(validate.suggestedProfile(arn, [])).toBe('developer');
    expect(validate.suggestedProfile(arn, ['developer'])).toBe('developer-9012');
    expect(validate.suggestedProfile('arn:aws', [])).toBe('');
  });
});

describe('identity form', () => {
  it('gives back what it was made from', () => {
    const settings = {
      kind: 'oidc' as const,
      issuer: 'https://login.example.com',
      client_id: 'daypass',
      scopes: ['email', 'groups'],
      redirect_port: 8400,
      session_name: '{email}',
      roles_claim: 'roles',
      ca_file: '/etc/ca.pem',
    };
    expect(settingsOf(oidc, formOf(oidc, settings))).toEqual(settings);
  });

  it('leaves empty fields out, and never asks for openid twice', () => {
    const form = { ...emptyForm(oidc), issuer: ' https://a.example ', client_id: 'x', scopes: ' openid  email ' };
    expect(settingsOf(oidc, form)).toMatchObject({
      issuer: 'https://a.example',
      scopes: ['email'],
      redirect_port: null,
      ca_file: null,
    });
  });

  it('names the fields that are wrong', () => {
    expect(Object.keys(complaints(oidc, emptyForm(oidc)))).toEqual(['issuer', 'client_id']);
  });
});
