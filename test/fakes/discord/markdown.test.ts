// Which texts do something at Discord, and how they are shown.
import { describe, expect, it } from 'vitest';
import { effectsIn, shownMarkdown } from './markdown.ts';

const names = { person: () => 'ana', role: () => 'admins', channel: () => 'dev' };

describe('a text', () => {
  it.each([
    ['plain words, snake_case and 2 * 3', 'plain words, snake_case and 2 * 3'],
    ['\\*\\*not bold\\*\\* \\_a\\_', '**not bold** _a_'],
    ['\\<@1> \\`x\\`', '<@1> `x`'],
  ])('does nothing: %s', (text, shown) => {
    expect(effectsIn(text)).toEqual([]);
    expect(shownMarkdown(text, names)).toBe(shown);
  });

  it.each([
    ['**bold**', 'bold'],
    ['_slanted_', 'slanted'],
    ['||spoiler||', 'spoiler'],
    ['# heading', 'heading'],
    ['<@1>', '@ana'],
    ['<@&1>', '@admins'],
    ['<#1>', '#dev'],
    ['@everyone', '@everyone'],
    ['https://evil.example', 'https://evil.example'],
    ['`code`', 'code'],
    ['```\n@everyone\n**a**\n```', '┌code┐ @everyone\n       **a**'],
  ])('does something: %s', (text, shown) => {
    expect(effectsIn(text)).not.toEqual([]);
    expect(shownMarkdown(text, names)).toBe(shown);
  });
});
