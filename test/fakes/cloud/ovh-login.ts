// Who may ask the OVH of tests: keys, signature, time and grants, refused as OVH's log-in refuses.
import { createHash } from 'node:crypto';
import type { CloudReply, CloudRequest } from './openapi-server.ts';

export interface OvhLogin {
  applicationKey: string;
  applicationSecret: string;
  consumerKey: string;
  /** Methods that the consumer key was granted. */
  grants: Set<string>;
}

/** Older than this is taken for somebody else's request, sent again. */
const LONGEST_S = 60;

export function authorize(login: OvhLogin, timeS: number, { route, headers, url, text }: CloudRequest) {
  const [method = '', path = ''] = route.split(' ');
  if (!path.startsWith('/cloud/')) return undefined;
  const sent = Number(headers['x-ovh-timestamp']);
  if (headers['x-ovh-application'] !== login.applicationKey) {
    return refused(403, 'Forbidden', 'INVALID_KEY', 'This application key is invalid');
  }
  if (headers['x-ovh-consumer'] !== login.consumerKey) {
    return refused(403, 'Forbidden', 'INVALID_CREDENTIAL', 'This credential is not valid');
  }
  if (!(Math.abs(sent - timeS) <= LONGEST_S)) {
    return refused(400, 'Bad Request', 'QUERY_TIME_OUT', 'Query out of time');
  }
  const whole = `http://${headers.host}${url.pathname}${url.search}`;
  const signed = [login.applicationSecret, login.consumerKey, method, whole, text, String(sent)].join('+');
  if (headers['x-ovh-signature'] !== `$1$${createHash('sha1').update(signed).digest('hex')}`) {
    return refused(400, 'Bad Request', 'INVALID_SIGNATURE', 'Invalid signature');
  }
  if (!login.grants.has(method)) {
    return refused(403, 'Forbidden', 'NOT_GRANTED_CALL', 'This call has not been granted');
  }
  return undefined;
}

function refused(status: number, text: string, errorCode: string, message: string): CloudReply {
  return { status, body: { errorCode, httpCode: `${status} ${text}`, message } };
}
