// What of an HTML mail is its author's word: nothing that is hidden, struck out or drawn as a quote.
import { expect, test } from 'vitest';
import { htmlLines } from '../../../../src/bots/email/in/html-lines.ts';

test.each([
  '<p hidden>stop a</p>',
  '<div style="opacity:0">stop a</div>',
  '<div style="opacity: .05; color:red">stop a</div>',
  '<p style="font-size:0.1px">stop a</p>',
  '<p style="font-size: 1pt">stop a</p>',
  '<p style="font-size:0em">stop a</p>',
  '<div style="max-height:0;overflow:hidden">stop a</div>',
  '<div style="display:none">stop a</div>',
  '<noscript>stop a</noscript>',
  '<s>stop a</s>',
  '<del>stop <span>a</span></del>',
  '<p>Eve said <q>stop a</q></p>',
])('%s is not shown, and not read', (html) => {
  expect(htmlLines(`<p>list</p>${html}<p>info</p>`)).not.toContain('stop');
  expect(htmlLines(`<p>list</p>${html}<p>info</p>`)).toMatch(/^list.*info$/s);
});

test.each([
  '<div style="border:none;border-left:solid #ccc 1.0pt;padding-left:4pt">stop a</div>',
  '<div class="x_gmail_quote">stop a</div>',
  '<div id="mail-editor-reference-message-container">stop a</div>',
  '<div class="zmail_extra">stop a</div>',
])('%s begins what is quoted', (html) => {
  expect(htmlLines(`<p>list</p>${html}`).split('\n').slice(0, 2)).toEqual(['list', '-----']);
});

test('letters written as names or numbers are letters', () => {
  expect(htmlLines('<p>stop caf&eacute; &#252;&#x41; &lt;b&gt; &amp;lt;</p>')).toBe('stop café üA <b> &lt;');
});

test.each([
  '<p style="font-size:12px;max-width:100%;opacity:1">stop a</p>',
  '<p style="font-size:0.9em;border-left:0">stop a</p>',
  '<p style="overflow:hidden">stop a</p>',
  '<p><strong>stop</strong> <span>a</span></p>',
])('%s is read', (html) => {
  expect(htmlLines(`<p>list</p>${html}`)).toBe('list\nstop a');
});
