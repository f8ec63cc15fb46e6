// A mail as it came in, before anybody has read a byte of it.

export interface RawMail {
  /** The whole message, as it was signed: head, empty line, body. */
  bytes: Buffer;
  /** Who connected to the server that took it in; undefined when nobody trusted has said. */
  clientIp: string | undefined;
  /** The name that client gave itself. */
  helo: string | undefined;
  /** `MAIL FROM`, without brackets; '' is the null sender of bounces; undefined when not known. */
  envelopeFrom: string | undefined;
  /** `RCPT TO`, without brackets. */
  envelopeTo: readonly string[];
  via: 'smtp' | 'sendgrid';
}
