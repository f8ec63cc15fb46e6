// Log-in by public key alone: any sound key may enter, and who entered is the key whose signature was verified (RFC 4252, 7).
import ssh2, { type AuthContext, type Connection, type PublicKeyAuthContext } from 'ssh2';
import { type PublicKey, parsePublicKey } from '../../accounts/keys.ts';
import type { SshLimits } from './limits.ts';

/** Who logged in. What the key may do is asked of the directory; an unknown key is told in words. */
export interface Identity {
  /** As the client sent it: to be shown through `shown()` only. */
  user: string;
  fingerprint: string;
  /** A line of `authorized_keys`. */
  publicKey: string;
}

/** SHA-1 is not among them. */
const RSA_HASHES = ['sha256', 'sha512'];

/** Answers the connection's log-in; the function returned gives the key that signed, once one has. */
export function authenticate(connection: Connection, limits: SshLimits): () => Identity | undefined {
  let identity: Identity | undefined;
  let failures = 0;
  let offers = 0;

  function refuse(context: AuthContext): void {
    // `none` is how clients ask what there is.
    if (context.method !== 'none') failures += 1;
    context.reject(['publickey']);
    if (failures >= limits.authFailures) connection.end();
  }

  connection.on('authentication', (context) => {
    const key = context.method === 'publickey' ? soundKey(context) : undefined;
    if (context.method !== 'publickey' || key === undefined) return refuse(context);
    if (context.signature === undefined) {
      // An offer: "yes, sign with it" — it says nothing about who is there.
      offers += 1;
      if (offers > limits.keyOffers) return void connection.end();
      return context.accept();
    }
    if (!signed(context, key)) return refuse(context);
    identity = { user: context.username, fingerprint: key.fingerprint, publicKey: key.line };
    context.accept();
  });
  return () => identity;
}

function soundKey(context: PublicKeyAuthContext): PublicKey | undefined {
  const parsed = parsePublicKey(`${context.key.algo} ${context.key.data.toString('base64')}`);
  if (!parsed.ok || !parsed.key.gatewayCanVerify) return undefined;
  if (parsed.key.type === 'ssh-rsa' && !RSA_HASHES.includes(context.hashAlgo ?? '')) return undefined;
  return parsed.key;
}

function signed(context: PublicKeyAuthContext, key: PublicKey): boolean {
  const { blob, signature, hashAlgo } = context;
  if (blob === undefined || signature === undefined) return false;
  const parsed = ssh2.utils.parseKey(key.line);
  // The types say boolean; ssh2 returns an Error for a signature that cannot be read.
  return !(parsed instanceof Error) && parsed.verify(blob, signature, hashAlgo) === true;
}
