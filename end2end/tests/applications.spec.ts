import type { Browser, BrowserContext, Page } from '@playwright/test';
import { expect, test as base } from '../fixtures';
import { launchOptions } from '../playwright.config';
import { Application } from '../support/application';
import { Caddy } from '../support/caddy';
import { dialogOf, openConsole, openMember } from '../support/console';
import { Nginx } from '../support/nginx';
import { cookieDomain, origins, type Proxy, toLoopback } from '../support/proxy';
import { expectHeading, givePassword } from '../support/sign-in';
import { watch } from '../support/watch';

/** Countersign and an application, both behind a proxy, as docs/integrations says. */
interface Guarded {
  signIn: string;
  wallboard: string;
  application: Application;
  proxy: Proxy;
  /** A browser of its own, for those two origins. */
  open: (options?: { javaScriptEnabled?: boolean }) => Promise<{ page: Page; context: BrowserContext }>;
}

const proxies = { nginx: Nginx, caddy: Caddy };

const test = base.extend<{ inFront: keyof typeof proxies; guarded: Guarded }>({
  inFront: ['nginx', { option: true }],

  guarded: async ({ server, floor, browser, allowedErrors, inFront }, use) => {
    // Everybody has been added over the server's own address.
    expect(floor.wren.role).toBe('agent');
    const application = await Application.start();
    const { port, signIn, wallboard } = await origins();
    const proxy = await proxies[inFront].start({ countersign: server.address, wallboard: application.address }, port);
    await server.restartWith({
      COUNTERSIGN_PUBLIC_URL: signIn,
      COUNTERSIGN_APPLICATIONS: wallboard,
      COUNTERSIGN_COOKIE_DOMAIN: cookieDomain,
      COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1',
    });
    const opened: { context: BrowserContext; seen: string[] }[] = [];
    const open = async (options: { javaScriptEnabled?: boolean } = {}) => {
      const context = await (browser as Browser).newContext({ ignoreHTTPSErrors: true, ...options });
      opened.push({ context, seen: watch(context, signIn, allowedErrors, [wallboard]) });
      return { page: await context.newPage(), context };
    };
    await use({ signIn, wallboard, application, proxy, open });
    for (const { context } of opened) {
      await context.close();
    }
    // Before anything is expected: what fails leaves nothing running.
    await proxy.stop();
    await application.stop();
    expect(opened.flatMap(({ seen }) => seen)).toEqual([]);
  },
});

test.use({ launchOptions: { ...launchOptions, args: [...launchOptions.args, toLoopback] } });

for (const inFront of ['nginx', 'caddy'] as const) {
  test.describe(`behind ${inFront}`, () => {
    test.use({ inFront });

    test('whoever opens an application signs in first, and is back where they were', async ({ guarded, floor }) => {
      const { page } = await guarded.open();
      await page.goto(`${guarded.wallboard}/calls?queue=2&at=a%2Fb`);
      await expectHeading(page, 'Sign in to Quillbrook Support');
      await expect(page.getByText('Then you’ll go back to the page you asked for.')).toBeVisible();
      await givePassword(page, floor.wren);
      await page.getByLabel('6-digit code').fill(await floor.wren.app.code());
      await expect(page.getByRole('heading', { name: 'Hello Wren Halloway' })).toBeVisible();
      expect(page.url()).toBe(`${guarded.wallboard}/calls?queue=2&at=a%2Fb`);

      const told = guarded.application.told.at(-1)?.headers ?? {};
      expect(told).toMatchObject({
        'remote-email': floor.wren.email,
        'remote-groups': 'role:agent,team:Night desk',
        'countersign-assurance': '2',
        'countersign-methods': 'password,authenticator-app',
      });
      expect(told['remote-user']).toMatch(/^[0-9a-f-]{36}$/);
      expect(told.cookie ?? '', 'the pass stays with the proxy').not.toContain('countersign');
      // It was asked for nothing before somebody was in.
      expect(guarded.application.told.filter(({ headers }) => !headers['remote-user'])).toEqual([]);

      // Another page of it, without a word.
      await page.goto(`${guarded.wallboard}/wrap-up`);
      await expect(page.getByRole('heading', { name: 'Hello Wren Halloway' })).toBeVisible();
    });

    test('nothing that a client sends passes for what Countersign says', async ({ guarded, floor }) => {
      const { page } = await guarded.open();
      await page.setExtraHTTPHeaders({
        'Remote-User': 'osric',
        'Remote-Email': floor.osric.email,
        'Remote-Groups': 'role:account-holder',
        Remote_User: 'osric',
        'Countersign-Assurance': '2',
      });
      await page.goto(`${guarded.wallboard}/forged`);
      await expectHeading(page, 'Sign in to Quillbrook Support');
      expect(guarded.application.told).toEqual([]);

      await givePassword(page, floor.pascal);
      await expect(page.getByRole('heading', { name: 'Hello Pascal Oduya' })).toBeVisible();
      const { headers } = guarded.application.told.at(-1) ?? { headers: {} };
      expect(headers).toMatchObject({
        'remote-email': floor.pascal.email,
        'remote-groups': 'role:agent,team:Night desk',
        'countersign-assurance': '1',
      });
      expect(headers).not.toHaveProperty('remote_user');
      expect(Object.values(headers).join()).not.toContain('osric');
    });

    test('of two passes neither counts, and the application sees none', async ({ guarded, floor }) => {
      const { page: first, context } = await guarded.open();
      await first.goto(guarded.wallboard);
      await givePassword(first, floor.pascal);
      await expect(first.getByRole('heading', { name: 'Hello Pascal Oduya' })).toBeVisible();
      // A script of the application sets one of its own beside it.
      await first.evaluate(() => {
        document.cookie = '__Secure-countersign_pass=planted; Path=/; Secure';
        document.cookie = 'of_the_application=1; Path=/; Secure';
      });
      const before = guarded.application.told.length;
      // It is led round in circles until Chromium has enough, and shows a page of its own: which would come in the way of
      // the next one in this tab.
      await first.goto(`${guarded.wallboard}/calls`).catch(() => undefined);
      expect(guarded.application.told.slice(before).map(({ headers }) => headers.cookie ?? '').join()).not.toContain('countersign_pass');
      await context.clearCookies({ name: '__Secure-countersign_pass', domain: 'wallboard.example.com' });
      await first.close();
      const page = await context.newPage();
      await page.goto(`${guarded.wallboard}/calls`);
      await expect(page.getByText('/calls')).toBeVisible();
      const cookies = guarded.application.told.at(-1)?.headers.cookie;
      expect(cookies).toContain('of_the_application=1');
      expect(cookies).not.toContain('countersign');
    });

    test.describe('revoked', () => {
      // What the page fetches is refused, which Chromium writes to the console.
      test.use({ allowedErrors: /status of 401/ });

      test('signing out and being disabled hold at the very next request, and a script is told so', async ({ guarded, floor }) => {
        const { page, context } = await guarded.open();
        await page.goto(guarded.wallboard);
        await givePassword(page, floor.pascal);
        await expect(page.getByRole('heading', { name: 'Hello Pascal Oduya' })).toBeVisible();

        const account = await context.newPage();
        await account.goto(`${guarded.signIn}/account/security`);
        await account.getByRole('button', { name: 'Sign out', exact: true }).click();
        await expectHeading(account, /^Sign in to/);
        const before = guarded.application.told.length;
        expect(await page.evaluate(() => fetch('/calls').then((response) => response.status))).toBe(401);
        await page.reload();
        await expectHeading(page, 'Sign in to Quillbrook Support');
        expect(guarded.application.told).toHaveLength(before);

        await givePassword(page, floor.pascal);
        await expect(page.getByRole('heading', { name: 'Hello Pascal Oduya' })).toBeVisible();
        const { page: office } = await guarded.open();
        await office.goto(`${guarded.signIn}/sign-in`);
        await givePassword(office, floor.osric);
        await office.getByLabel('6-digit code').fill(await floor.osric.app.code());
        await expectHeading(office, 'Security');
        await openConsole(office, 'Members');
        await openMember(office, floor.pascal.name);
        await office.getByRole('link', { name: 'Disable Pascal' }).click();
        await dialogOf(office).getByRole('button', { name: 'Disable' }).click();
        await expect(office.getByText('Disabled').first()).toBeVisible();
        await page.reload();
        await expectHeading(page, 'Sign in to Quillbrook Support');
      });
    });
  });
}

test('a part that needs a fresh second step asks for one, and leads on', async ({ guarded, floor }) => {
  const { page } = await guarded.open();
  await page.goto(`${guarded.wallboard}/transfers/new`);
  await givePassword(page, floor.pascal);
  await expect(page.getByRole('heading', { level: 1, name: /^wallboard\.example\.com:\d+ asks for a second step$/ })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Set up a second step' })).toBeVisible();
  expect(guarded.application.told).toEqual([]);
  // For the rest of the application the password is enough.
  await page.goto(`${guarded.wallboard}/calls`);
  await expect(page.getByRole('heading', { name: 'Hello Pascal Oduya' })).toBeVisible();

  const { page: desk } = await guarded.open();
  await desk.goto(`${guarded.wallboard}/transfers/new`);
  await givePassword(desk, floor.wren);
  await desk.getByLabel('6-digit code').fill(await floor.wren.app.code());
  await expect(desk.getByText('/transfers/new')).toBeVisible();
});

test.describe('without script', () => {
  test('the way there and back works as well', async ({ guarded, floor }) => {
    const { page } = await guarded.open({ javaScriptEnabled: false });
    await page.goto(`${guarded.wallboard}/calls`);
    await givePassword(page, floor.wren);
    await page.getByLabel('6-digit code').fill(await floor.wren.app.code());
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('heading', { name: 'Hello Wren Halloway' })).toBeVisible();
    expect(page.url()).toBe(`${guarded.wallboard}/calls`);
  });
});

test('an address that isn’t an application’s leads nowhere, and says what to do', async ({ guarded }) => {
  const { page } = await guarded.open();
  const to = Buffer.from('https://evil.example/').toString('base64url');
  await page.goto(`${guarded.signIn}/auth/continue?to=${to}`);
  await expectHeading(page, 'We don’t know where to take you');
});
