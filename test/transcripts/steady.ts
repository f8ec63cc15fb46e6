// What differs from run to run in a transcript: times, keys, codes, and how often a message was edited on its way.
export function steady(text: string): string {
  return text
    .replaceAll(' (edited)', '')
    .replaceAll(/<t:\d+:f>/g, 'today 14:02')
    .replaceAll(/\b\d\d:\d\d(:\d\d)?\b/g, (_, seconds) => (seconds === undefined ? '14:02' : '14:02:07'))
    .replaceAll(/\b\d{4}-\d\d-\d\d\b/g, 'today')
    .replaceAll(/\b\d+\.\d s\b/g, '0.1 s')
    .replaceAll(/SHA256:[\w+/]{43}/g, 'SHA256:V67lQC3PRWNGd3RRCvJppqi9TAuyyYYxy6FLkv1UVdg')
    .replaceAll(
      /AAAAC3NzaC1lZDI1NTE5AAAA[\w+/]{44}/g,
      'AAAAC3NzaC1lZDI1NTE5AAAAIEzmdszx/VzptZMG+TfThldmZW/8c57oadh3pLuLlBXe',
    )
    .replaceAll(/confirm \d{6}/g, 'confirm 483112');
}
