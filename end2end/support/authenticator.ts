import { expect } from '@playwright/test';
import { run } from './process';

/** Seconds a code is shown for (RFC 6238). */
const period = 30;

/** The room a code needs before its step ends, so that the server sees it in the step we saw. */
const room = 3;

const now = () => Math.floor(Date.now() / 1000);
const currentStep = () => Math.floor(now() / period);

/** An authenticator app that isn't ours: `oathtool`. */
export class Authenticator {
  private lastStep = 0;

  /** Takes the key as it is shown, in groups of four. */
  constructor(readonly key: string) {}

  /**
   * The next code that hasn't been handed out. The server accepts three steps and each one once, so
   * three codes come at once and the fourth waits for the clock.
   */
  async code(): Promise<string> {
    await settled();
    if (this.lastStep > currentStep()) {
      await expect.poll(currentStep, { timeout: 35_000, message: 'the next step' }).toBeGreaterThanOrEqual(this.lastStep);
      await settled();
    }
    this.lastStep = Math.max(this.lastStep + 1, currentStep() - 1);
    return this.codeOfStep(this.lastStep);
  }

  /** The code of a phone whose clock is `seconds` fast; slow if negative. */
  async codeOfClock(seconds: number): Promise<string> {
    await settled();
    return this.codeOfStep(Math.floor((now() + seconds) / period));
  }

  /** A code that is right at no time nearby, and a different one for each `n`. */
  async wrongCode(n = 0): Promise<string> {
    const nearby = await this.codes(currentStep() - 30, 60);
    const wrong = Array.from({ length: nearby.length + n + 1 }, (_, i) => String(100_000 + i)).filter((code) => !nearby.includes(code));
    return wrong[n] ?? '';
  }

  private async codeOfStep(step: number): Promise<string> {
    const [code = ''] = await this.codes(step, 0);
    return code;
  }

  /** The code of `step` and of `more` steps after it. */
  private async codes(step: number, more: number): Promise<string[]> {
    const key = this.key.replaceAll(' ', '');
    const printed = await run('oathtool', ['--totp', '--base32', `--now=@${step * period}`, `--window=${more}`, key]);
    return printed.trim().split('\n');
  }
}

async function settled(): Promise<void> {
  const left = () => period - (now() % period);
  await expect.poll(left, { timeout: 10_000, message: 'room before the step ends', intervals: [100] }).toBeGreaterThan(room);
}
