import { existsSync } from 'node:fs';
import { chromium, defineConfig } from '@playwright/test';

/** Debian's Chromium, where Playwright's own revision isn't installed. */
const systemChromium = '/usr/bin/chromium';
const executablePath = existsSync(chromium.executablePath()) ? undefined : systemChromium;

const isRoot = process.getuid?.() === 0;

/** Fixtures read which database their worker's server runs on. */
export interface ServerOptions {
  database: 'sqlite' | 'postgres';
}

/** Tests of what works without JavaScript, which would prove nothing with it. */
const withoutScript = '**/no-script/**';

/** Tests of what only a phone shows, or shows differently. */
const onPhones = '**/phone/**';

const named = (...names: string[]) => names.map((name) => `**/tests/${name}.spec.ts`);

/** Tests of what people do on a phone as much as at a desk. */
const onPhonesToo = named('set-up', 'second-step', 'emailed-code', 'recovery-key', 'password', 'address', 'not-me');

/** Tests that write and read the most, for the second database. */
const ofStorage = named('set-up', 'sign-in', 'second-step', 'security-keys', 'passkeys', 'emailed-code', 'recovery-key');

const desktop = { width: 1440, height: 900 };

/** How Chromium is started. */
export const launchOptions = {
  executablePath,
  // Nothing but the page under test may use the network: the browser's own errands fail slowly and noisily.
  args: [
    ...(isRoot ? ['--no-sandbox'] : []),
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

export default defineConfig<object, ServerOptions>({
  testDir: './tests',
  outputDir: './test-results',
  // Each test starts its own server through a fixture: there is no `webServer`, and tests share nothing.
  fullyParallel: true,
  workers: 2,
  // A test that passes the second time has failed.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 90_000,
  expect: { timeout: 5_000 },
  reporter: [['line'], ['json', { outputFile: './playwright-report/results.json' }]],
  use: {
    browserName: 'chromium',
    database: 'sqlite',
    locale: 'en-GB',
    timezoneId: 'Europe/London',
    // Recording doubles the time of every test; `--trace on` when one of them needs it.
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions,
  },
  projects: [
    { name: 'chromium', testIgnore: [withoutScript, onPhones], use: { viewport: desktop } },
    {
      name: 'phone',
      testMatch: [onPhones, ...onPhonesToo],
      use: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
    },
    { name: 'no-script', testMatch: withoutScript, use: { viewport: desktop, javaScriptEnabled: false } },
    { name: 'postgres', testMatch: ofStorage, use: { viewport: desktop, database: 'postgres' } },
  ],
});
