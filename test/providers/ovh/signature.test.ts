// The signature against OVH's own example, and against one that sha1sum computed.
import { describe, expect, test } from 'vitest';
import { signedHeaders } from '../../../src/providers/ovh/signature.ts';
import { secret } from '../../../src/secret.ts';

/** From OVH's public documentation; they open nothing. */
const KEYS = {
  applicationKey: '7kbG7Bk7S9Nt7ZSV',
  applicationSecret: secret('EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF'),
  consumerKey: secret('MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1'),
};

describe('a signature for OVH', () => {
  test('is that of the example in the documentation', () => {
    const url = 'https://eu.api.ovh.com/1.0/domains/';
    expect(signedHeaders(KEYS, { method: 'GET', url, body: '', timeS: 1366560945 })).toEqual({
      'x-ovh-application': '7kbG7Bk7S9Nt7ZSV',
      'x-ovh-consumer': 'MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1',
      'x-ovh-timestamp': '1366560945',
      'x-ovh-signature': '$1$d3705e8afb27a0d2970a322b96550abfc67bb798',
    });
  });

  test('covers the body, byte for byte in UTF-8', () => {
    const url = 'https://eu.api.ovh.com/1.0/cloud/project/p/instance?region=GRA11';
    const body = '{"name":"é"}';
    const headers = signedHeaders(KEYS, { method: 'POST', url, body, timeS: 1366560945 });
    expect(headers['x-ovh-signature']).toBe('$1$11b94d9026586b9110c772d63719eeba1ef49098');
  });
});
