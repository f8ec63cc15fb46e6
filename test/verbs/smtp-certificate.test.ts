// The certificate for STARTTLS: what is wrong with it and its key is told by variable, both at once, and never with a path.
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { expect, test } from 'vitest';
import { readCertificate } from '../../src/verbs/smtp-certificate.ts';
import { freshFolder } from './program.ts';

const NOBODY = 65_534;

const [SOMEBODYS = ''] = rootCertificates;
const pem = { type: 'pkcs8', format: 'pem' } as const;
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KEY = String(privateKey.export(pem));
const LOCKED = String(privateKey.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'hunter2' }));
const NO_KEY = 'SMTP_TLS_KEY: holds no private key in PEM without a passphrase';

/** Faults of two files with these texts; undefined: there is none. */
async function faultsOf(cert: string | undefined, key: string | undefined) {
  const folder = await freshFolder();
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  if (cert !== undefined) await writeFile(files.certificate, cert);
  if (key !== undefined) await writeFile(files.key, key);
  const read = await readCertificate(files);
  if (read.kind === 'faults') expect(read.faults.join()).not.toContain(folder);
  return read.kind === 'faults' ? read.faults : [];
}

test.each([
  [undefined, undefined, ['SMTP_TLS_CERT: there is no such file', 'SMTP_TLS_KEY: there is no such file']],
  ['hello', 'hello', ['SMTP_TLS_CERT: holds no certificate in PEM', NO_KEY]],
  ['', KEY, ['SMTP_TLS_CERT: holds no certificate in PEM']],
  [KEY, SOMEBODYS, ['SMTP_TLS_CERT: holds no certificate in PEM', NO_KEY]],
  [SOMEBODYS, LOCKED, [NO_KEY]],
  [SOMEBODYS, KEY, ['SMTP_TLS_KEY: is not the key of the certificate in SMTP_TLS_CERT']],
])('faults are told all at once (%#)', async (cert, key, faults) => {
  expect(await faultsOf(cert, key)).toEqual(faults);
});

test('a folder in place of a file is told', async () => {
  const folder = await freshFolder();
  expect(await readCertificate({ certificate: folder, key: folder })).toMatchObject({
    faults: [expect.stringContaining('SMTP_TLS_CERT: that is a folder'), expect.stringContaining('SMTP_TLS_KEY')],
  });
});

/** Root may read everything. */
async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  const own = process.geteuid?.();
  if (own !== 0) return act();
  process.seteuid?.(NOBODY);
  try {
    return await act();
  } finally {
    process.seteuid?.(own);
  }
}

test('a file that this user may not read is told', async () => {
  const file = join(await freshFolder(), 'key.pem');
  await writeFile(file, KEY);
  await chmod(file, 0);
  expect(await asNobody(() => readCertificate({ certificate: file, key: file }))).toMatchObject({
    faults: ['SMTP_TLS_CERT: this user may not read that file', 'SMTP_TLS_KEY: this user may not read that file'],
  });
});

test.skipIf(spawnSync('openssl', ['version']).error !== undefined).each([
  ['ec', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'], []],
  ['a key of 512 bits', ['-newkey', 'rsa:512'], [expect.stringMatching(/^SMTP_TLS_CERT: cannot be used for TLS/)]],
])('a certificate and its own key are taken unless TLS refuses them: %s', async (_, newKey, faults) => {
  const folder = await freshFolder();
  const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const files = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...newKey, '-nodes', '-subj', '/CN=box.acme.dev', ...files], {
    stdio: 'ignore',
  });
  const read = await readCertificate({ certificate, key });
  expect(read.kind === 'faults' ? read.faults : []).toEqual(faults);
  if (read.kind === 'good') expect(read.cert).toBe(await readFile(certificate, 'utf8'));
});
