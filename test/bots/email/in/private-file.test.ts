// Private keys in files are found by their first lines, and what only speaks of one is none.
import { expect, test } from 'vitest';
import { holdsPrivateKey } from '../../../../src/bots/email/in/private-file.ts';

const HEAD = '-----BEGIN OPENSSH PRIVATE KEY-----';
const KEY = `${HEAD}\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQ\n-----END OPENSSH PRIVATE KEY-----\n`;
const inMail = (part: string) => Buffer.from(`Subject: x\r\n\r\n--b\r\n\r\nlist\r\n--b\r\n\r\n${part}\r\n--b--\r\n`);

test.each([
  ['as it is', KEY],
  ['with other line ends', KEY.replaceAll('\n', '\r\n')],
  ['in base64', Buffer.from(KEY).toString('base64').replace(/.{76}/g, '$&\r\n')],
  ['that is encrypted', KEY.replaceAll('OPENSSH', 'RSA').replace('\n', '\nProc-Type: 4,ENCRYPTED\n')],
])('a file %s', (_, part) => {
  expect(holdsPrivateKey(inMail(part))).toBe(true);
});

test.each([
  ['an answer of ours that is quoted', `> keys add ${HEAD}\n> That is a private key.`],
  ['the same without marks', `${HEAD}\nThat is a private key.`],
  ['a public key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEzmdszx ana@laptop'],
  ['a certificate', KEY.replaceAll('OPENSSH PRIVATE KEY', 'CERTIFICATE')],
  ['a key that is quoted', `> ${KEY.replaceAll('\n', '\n> ')}`],
])('%s is none', (_, part) => {
  expect(holdsPrivateKey(inMail(part))).toBe(false);
});
