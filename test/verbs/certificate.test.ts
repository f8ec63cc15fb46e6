// The certificate of the SMTP listener: what is wrong with its files is told by the variables that name them.
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCertificate } from '../../src/verbs/email-door.ts';
import { freshFolder } from './program.ts';

async function pair(name: string): Promise<{ certificate: string; key: string }> {
  const folder = await freshFolder();
  const [certificate, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=x'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return { certificate, key };
}

test('a certificate and its key are read', async () => {
  const read = await readCertificate(await pair('good'));
  expect(read.cert).toContain('BEGIN CERTIFICATE');
  expect(read.key).toContain('PRIVATE KEY');
});

test('files that are not there are named, both', async () => {
  const missing = readCertificate({ certificate: '/nope.crt', key: '/nope.key' });
  await expect(missing).rejects.toThrow('SMTP_TLS_CERT and SMTP_TLS_KEY: cannot be read.');
});

test('files that hold something else are named, both, and so is the key of another certificate', async () => {
  const [one, other] = [await pair('one'), await pair('other')];
  const text = join(await freshFolder(), 'passwd');
  await writeFile(text, 'root:x:0:0');
  const wrong = readCertificate({ certificate: text, key: text });
  await expect(wrong).rejects.toThrow(/SMTP_TLS_CERT: that file is no certificate .*; SMTP_TLS_KEY: .* no private key/);
  const mixed = readCertificate({ certificate: one.certificate, key: other.key });
  await expect(mixed).rejects.toThrow('SMTP_TLS_KEY: that is not the key of the certificate');
});
