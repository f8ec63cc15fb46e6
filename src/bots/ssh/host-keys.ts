// New Ed25519 key pairs in OpenSSH's formats, for the door, the gateway and boxes.
import ssh2 from 'ssh2';

/** `publicKey` is `ssh-ed25519 AAAA…` without a comment. */
export function generateHostKey(): { privateKey: string; publicKey: string } {
  const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync('ed25519');
  return { privateKey, publicKey: withoutComment(publicKey) };
}

/** The public half of a private key, as `ssh-ed25519 AAAA…`. Throws when the key cannot be read. */
export function publicKeyOf(privateKey: string): string {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
}

function withoutComment(line: string): string {
  return line.trim().split(' ').slice(0, 2).join(' ');
}
