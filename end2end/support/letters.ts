import { expect } from '@playwright/test';
import type { Message } from './message';
import { appName } from './organisation';

/** Pages that a letter's link opens. */
export type LinkPath = '/confirm-email' | '/reset-password' | '/not-me' | '/join';

/** A code on a line of its own: it can be read from afar, and copied with a double click. */
const codeLine = /^[ \t]*(\d{6})[ \t]*$/gm;

/** What nobody may read from a locked screen or a wallboard: what somebody's second step is. */
const factors = new RegExp(
  ['authenticator', 'security key', 'passkey', 'emailed code', 'backup code', 'recovery key', appName].join('|'),
  'i',
);

/** The letter has a code. */
export const withCode = ({ text }: Message): boolean => codesOf(text).length > 0;

/** The letter has a link to this page. */
export const withLink =
  (path: LinkPath) =>
  ({ text }: Message): boolean =>
    linksOf(text, path).length > 0;

/** The six digits in a letter. */
export function codeIn(message: Message): string {
  const codes = codesOf(message.text);
  expect(codes, `one code in "${message.subject}":\n${message.text}`).toHaveLength(1);
  const [code = ''] = codes;
  expect(message.html, 'the same code, beside the text').toContain(code);
  expectDiscreet(message);
  return code;
}

/** The link in a letter that leads to this page. */
export function linkIn(message: Message, path: LinkPath): string {
  const links = linksOf(message.text, path);
  expect(links, `one link to ${path} in "${message.subject}":\n${message.text}`).toHaveLength(1);
  const [link = ''] = links;
  expect(hrefsOf(message.html), 'the same link, beside the text').toContain(link);
  expectDiscreet(message);
  return link;
}

function expectDiscreet({ subject }: Message): void {
  expect(subject, 'a subject names no factor').not.toMatch(factors);
  expect(subject, 'a subject has no code').not.toMatch(/\d{3}[ -]?\d{3}/);
}

function codesOf(text: string): string[] {
  return Array.from(text.matchAll(codeLine), ([, code = '']) => code);
}

/** Each address once, as it may stand in a sentence and under it. */
function linksOf(text: string, path: LinkPath): string[] {
  const links = text.match(/https?:\/\/[^\s<>"]+/g) ?? [];
  return [...new Set(links)].filter((link) => new URL(link).pathname === path);
}

function hrefsOf(html: string): string[] {
  return Array.from(html.matchAll(/\bhref="([^"]*)"/g), ([, href = '']) => href.replaceAll('&amp;', '&'));
}
