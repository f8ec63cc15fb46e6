// The HTML of a mail: nothing from elsewhere, styles on the elements because mail programs drop others, colours for light and dark.
import type { Outcome } from '../../threads/reply.ts';
import type { Piece, Section } from './pieces.ts';
import { escaped } from './text.ts';

/** Seen on white and on black. Text keeps the reader's own colour. */
const BAR = { done: '#2ea043', failed: '#da3633', usage: '#bf8700' } as const satisfies Record<Outcome, string>;
const LINE = '#8c8c8c';
const SHADE = 'rgba(128,128,128,0.14)';
const MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace";
const SANS = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

const STYLE = {
  section: 'border-collapse:collapse;table-layout:fixed;width:100%;margin:0 0 20px',
  cell: 'padding:2px 0 2px 14px;vertical-align:top',
  asked: `margin:0 0 8px;font-family:${MONO};font-size:14px;font-weight:bold;overflow-wrap:anywhere`,
  say: 'margin:0 0 8px;overflow-wrap:anywhere',
  pre: `margin:0 0 8px;padding:8px 10px;border:1px solid ${LINE};border-radius:4px;background-color:${SHADE};font-family:${MONO};font-size:14px;line-height:20px;white-space:pre;overflow-x:auto`,
  scroll: 'margin:0 0 8px;overflow-x:auto',
  table: 'border-collapse:collapse;font-size:14px',
  head: `padding:4px 16px 4px 0;text-align:left;border-bottom:1px solid ${LINE};white-space:nowrap`,
  data: 'padding:4px 16px 4px 0;text-align:left;vertical-align:top;white-space:nowrap',
  last: 'padding:4px 0;text-align:left;vertical-align:top;overflow-wrap:anywhere',
  link: 'color:inherit;text-decoration:underline',
  button: `display:inline-block;margin:0 4px 6px 0;padding:5px 12px;border:1px solid ${LINE};border-radius:6px;font-family:${MONO};font-size:14px;color:inherit;text-decoration:none;white-space:nowrap`,
  aside: 'margin:0 0 8px;font-size:13px;opacity:0.75;overflow-wrap:anywhere',
} as const;

/** `replyAddress`: whom commands are answered to; pressing one begins a mail that holds it. */
export function htmlPart(sections: readonly Section[], replyAddress: string): string {
  const body = sections.map((section) => sectionHtml(section, replyAddress)).join('\n');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>Shellbox</title>
</head>
<body style="margin:0;padding:12px;color-scheme:light dark;font-family:${SANS};font-size:15px;line-height:22px">
${body}
</body>
</html>
`;
}

function sectionHtml({ outcome, pieces }: Section, replyAddress: string): string {
  const cell = `${STYLE.cell};border-left:4px solid ${BAR[outcome]}`;
  const said = pieces.map((piece) => pieceHtml(piece, replyAddress)).join('\n');
  return `<table role="presentation" style="${STYLE.section}"><tr><td style="${cell}">\n${said}\n</td></tr></table>`;
}

function pieceHtml(piece: Piece, replyAddress: string): string {
  switch (piece.kind) {
    case 'asked':
      return `<p style="${STYLE.asked}">${escaped(`> ${piece.line}`)}</p>`;
    case 'say':
      return paragraph(piece.text);
    case 'paste':
      return labelled(piece.label) + pre(escaped(piece.text));
    case 'type':
      return labelled(piece.label) + pre(link(piece.command, replyAddress, STYLE.link));
    case 'table':
      return table(piece.rows, piece.hasHead);
    case 'next':
      return next(piece.commands, replyAddress);
    case 'aside':
      return `<p style="${STYLE.aside}">${escaped(piece.text)}</p>`;
  }
}

function paragraph(text: string): string {
  return `<p style="${STYLE.say}">${escaped(text).replaceAll('\n', '<br>')}</p>`;
}

function labelled(label: string | undefined): string {
  return label === undefined ? '' : `${paragraph(`${label}:`)}\n`;
}

/** A line feed right after the tag is not shown, so that one of the text's own needs another before it. */
function pre(html: string): string {
  return `<pre style="${STYLE.pre}">${html.startsWith('\n') ? '\n' : ''}${html}</pre>`;
}

function next(commands: readonly string[], replyAddress: string): string {
  const buttons = commands.map((command) => link(command, replyAddress, STYLE.button));
  return `<p style="${STYLE.say}">Answer with:<br>${buttons.join('\n')}</p>`;
}

/** Words that stand for the reader's own: such a line is not sent as it is. */
const TO_BE_FILLED_IN = /…|your-name|<[a-z -]+>/;

/** A new mail whose subject is the command. Source: RFC 6068. */
function link(command: string, replyAddress: string, style: string): string {
  if (TO_BE_FILLED_IN.test(command)) return escaped(command);
  const to = encodeURIComponent(replyAddress).replaceAll('%40', '@');
  const href = `mailto:${to}?subject=${encodeURIComponent(command)}`;
  return `<a href="${escaped(href)}" style="${style}">${escaped(command)}</a>`;
}

function table(rows: readonly (readonly string[])[], hasHead: boolean): string {
  const lines = rows.map((row, place) => {
    const tag = hasHead && place === 0 ? 'th' : 'td';
    const cells = row.map((cell, column) => {
      // What is said at length stands last, and breaks on a narrow screen.
      const style = tag === 'th' ? STYLE.head : column > 0 && column === row.length - 1 ? STYLE.last : STYLE.data;
      return `<${tag} style="${style}">${escaped(cell)}</${tag}>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div style="${STYLE.scroll}"><table style="${STYLE.table}">\n${lines.join('\n')}\n</table></div>`;
}
