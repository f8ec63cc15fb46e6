// What doctor says of the e-mail door, and the words with which a test of it is asked for.
import { checkMailDns, type MailDns } from '../bots/email/check.ts';
import { systemResolver } from '../bots/email/in/dns.ts';
import type { Config } from '../config.ts';
import { ShellboxError } from '../errors.ts';
import { wayOutFinding } from './doctor-way-out.ts';
import { emailLine } from './email-line.ts';
import { type Finding, localAddresses } from './finding.ts';
import { readCertificate } from './smtp-certificate.ts';

/** Nothing when the door is off. */
export async function emailFindings(config: Config, signal: AbortSignal): Promise<Finding[]> {
  const { email, ssh } = config;
  if (email === undefined) return [];
  const findings: Finding[] = [{ ok: true, what: `E-mail: ${emailLine(config)}` }];
  findings.push(...(await certificateFindings(email)));
  findings.push(await wayOutFinding(email, signal));
  try {
    findings.push(...dnsFindings(await checkMailDns(email.address, systemResolver(email.dnsServers))));
  } catch {
    findings.push({
      ok: false,
      what: 'E-mail: DNS does not answer, so nobody can be proven',
      remedy: 'Check the name servers of this machine, or DNS_SERVERS.',
    });
  }
  if (email.allowUnauthenticated)
    findings.push({
      ok: false,
      isMinor: true,
      what: 'E-mail: everybody’s word is taken for who wrote a mail',
      remedy: 'Unset EMAIL_ALLOW_UNAUTHENTICATED, unless nobody outside can reach this server.',
    });
  return ssh.reached.isPublic ? findings : [...findings, localAddresses('e-mail')];
}

async function certificateFindings({ smtp }: NonNullable<Config['email']>): Promise<Finding[]> {
  if (smtp?.tls === undefined) return [];
  const read = await readCertificate(smtp.tls);
  if (read.kind === 'good') return [{ ok: true, what: 'E-mail: the certificate for STARTTLS can be used' }];
  const remedy = 'Correct the path or the file: both are in PEM, and readable for this user.';
  return read.faults.map((fault) => ({ ok: false, what: fault, remedy }));
}

function dnsFindings({ domain, mx, spf, dmarc, dkimSelector }: MailDns): Finding[] {
  const minor = (isThere: boolean, what: string, remedy: string): Finding[] =>
    isThere ? [] : [{ ok: false, isMinor: true, what, remedy }];
  return [
    ...(mx.length > 0
      ? []
      : [
          {
            ok: false,
            isAhead: true,
            what: `E-mail: no server takes mail for ${domain}`,
            remedy: 'Add an MX record: mx.sendgrid.net for Inbound Parse, or your own mail server.',
          },
        ]),
    ...minor(
      spf,
      `E-mail: ${domain} does not say who may send for it (SPF)`,
      'Add a TXT record such as "v=spf1 include:sendgrid.net ~all", or answers may be taken for spam.',
    ),
    ...minor(
      dkimSelector !== undefined,
      `E-mail: no key of ${domain} was found that signs answers (DKIM)`,
      'Turn on domain authentication at SendGrid, or sign on your mail server. A key under a name of your own is not looked for.',
    ),
    ...minor(
      dmarc,
      `E-mail: ${domain} has no DMARC policy`,
      `Add a TXT record at _dmarc.${domain} such as "v=DMARC1; p=none".`,
    ),
  ];
}

/** Of a target such as `email:you@example.org`. @throws ShellboxError `usage` for another */
export function testAddress(target: string): string {
  const [, address] = /^email:([^\s@<>(),;:"]+@[^\s@<>(),;:"]+)$/.exec(target) ?? [];
  if (address === undefined)
    throw new ShellboxError('usage', 'A test goes to email:<address>, such as email:you@example.org.', {
      remedy: 'shellbox doctor --help',
    });
  return address;
}

/** @throws ShellboxError `usage` when the door is off */
export function requireEmail({ email }: Config): NonNullable<Config['email']> {
  if (email !== undefined) return email;
  throw new ShellboxError('usage', 'No test can be sent: the e-mail door is off.', {
    remedy: 'Set EMAIL_ADDRESS; docs/email.md says how.',
  });
}
