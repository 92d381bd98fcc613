import type { BrowserContext, ConsoleMessage } from '@playwright/test';

/**
 * Collects what no page may do: say an error on the console, throw one, or ask anybody but our
 * server for anything. `allowed` are errors that a test provokes, `others` origins beside ours.
 */
export function watch(context: BrowserContext, origin: string, allowed?: RegExp, others: string[] = []): string[] {
  const seen: string[] = [];
  context.on('console', (message) => {
    const isAllowed = isHonestStatus(message, origin) || allowed?.test(message.text());
    if (message.type() === 'error' && !isAllowed) {
      seen.push(`console: ${message.text()} (${message.location().url})`);
    }
  });
  context.on('weberror', (error) => seen.push(`page error: ${error.error().message}`));
  context.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (['http:', 'https:', 'ws:', 'wss:'].includes(protocol) && asked !== origin && !others.includes(asked)) {
      seen.push(`request to ${request.url()}`);
    }
  });
  return seen;
}

/**
 * Chromium writes every 4xx to the console, however expected. Those of the API are refusals, which
 * pages put into words; that of a document is a page which says what isn't there.
 */
function isHonestStatus(message: ConsoleMessage, origin: string): boolean {
  const { url } = message.location();
  const isOurs = url.startsWith(`${origin}/api/`) || url === message.page()?.url();
  return isOurs && /the server responded with a status of 4\d\d/.test(message.text());
}
