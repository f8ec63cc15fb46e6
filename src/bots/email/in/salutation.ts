// Whom a mail greets before it says anything: skipped as a comment is, because it is no command and nothing ends with it.

const GREETINGS = [
  'hi(?: there)?|hiya|hey(?: there)?|hello(?: there| again)?|howdy|greetings|welcome|good (?:morning|afternoon|evening|day)',
  'dear(?: (?:sirs?|madam|all)(?: (?:or|and) (?:sirs?|madam))?)?|to whom it may concern',
  'hallo|halli ?hallo|moin(?: moin)?|servus|grüezi|grüß(?: gott| dich| euch)|guten (?:tag|morgen|abend)|mahlzeit',
  'liebe[rs]?|werte[rs]?|sehr geehrte[rs]?(?: damen und herren)?',
  'bonjour|bonsoir|salut|coucou|cher[es]?|chère?s?|madame|monsieur|madame, monsieur',
  'hola|buen(?:os|as)? (?:d[ií]as?|tardes|noches)|estimad[oa]s?|querid[oa]s?',
  'ciao|buon ?giorno|buona ?sera|salve|gentil[ei]|egregi[oa]?|car[oaie]',
  'ol[áa]|oi|bom dia|boa (?:tarde|noite)|prezad[oa]s?',
  'hej(?: hej)?|hejsan|hei|god (?:morgon|morgen|dag|kväll|kveld)|bästa|kära|kjære|kære|moi|terve|hyvä',
  'hoi|dag|goede(?:n ?)?(?:dag|morgen|middag|avond)|beste|geachte',
  'cześć|dzień dobry|dobry wieczór|witam|witaj|szanown[ai]|drog[ia]',
  'ahoj|dobrý (?:den|večer)|dobré ráno|vážen[íáý]|mil[íáý]',
  'szia(?:sztok)?|kedves|tisztelt|jó (?:napot|reggelt|estét)|merhaba|selam|sayın|iyi günler',
  'здравствуй(?:те)?|привет|добр(?:ый|ое|ого) (?:день|вечер|утро|дня|времени суток)|уважаем\\p{L}+|дорог\\p{L}+',
  'привіт|вітаю|добр(?:ий|ого) (?:день|вечір|дня|ранку)|шановн\\p{L}+',
  'γεια(?: σ(?:ας|ου))?|καλημέρα|καλησπέρα|αγαπητ\\p{L}+|שלום(?: רב)?|היי|مرحبا|السلام عليكم|تحية طيبة',
  'こんにちは|こんばんは|おはようございます|お世話になって(?:おり|い)ます|お疲れ様です|拝啓|你好|您好|大家好|尊敬的\\p{L}+|안녕하세요|안녕',
].join('|');
/** A few words of a name behind it, more of them where the line then ends as a greeting does. */
const NAME = "[\\p{L}\\p{M}.'’&-]+";
const ENDING = '[\\p{P}\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f\\s]';
const SALUTATION = new RegExp(
  `^(?:${GREETINGS})(?:,?(?<named>(?: ${NAME}){0,2}${ENDING}*| ${NAME}(?: ${NAME}){0,5}${ENDING}*[,!:;！，、：。]))?$`,
  'iu',
);
const LONGEST_SALUTATION = 80;

/** Whether the line only greets. `understands` keeps a command behind the greeting from being one. */
export function isSalutation(line: string, understands: (line: string) => boolean): boolean {
  if (line.length > LONGEST_SALUTATION || understands(line)) return false;
  const greeting = SALUTATION.exec(line);
  if (greeting === null) return false;
  const name = greeting.groups?.named?.trim() ?? '';
  return name === '' || !understands(name);
}

/** The lines with blank ones in place of those that greet at their top, above everything but comments. */
export function withoutSalutation(lines: readonly string[], understands: (line: string) => boolean): string[] {
  const first = lines.findIndex((line) => line !== '' && !line.startsWith('#') && !isSalutation(line, understands));
  return lines.map((line, at) => ((first < 0 || at < first) && !line.startsWith('#') ? '' : line));
}
