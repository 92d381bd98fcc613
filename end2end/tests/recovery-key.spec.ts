import { readFile } from 'node:fs/promises';
import { expect, test } from '../fixtures/mail';
import { connectApp, openAppPage, readKey } from '../support/enrol';
import { chooseRecoveryKey, giveRecoveryKey, readRecoveryKey, saveNewKey, setUpApp } from '../support/recovery-key';
import { expectHeading, signIn, signOut, startSecondStep } from '../support/sign-in';

test('a recovery key gets its owner in once, and another takes its place', async ({ page, post, pascal }) => {
  await signIn(page, pascal);
  const prepared = await setUpApp(page, pascal);
  await signOut(page);

  const fresh = await test.step('it may be typed in lower case and with spaces', async () => {
    await startSecondStep(page, prepared);
    await chooseRecoveryKey(page);
    await giveRecoveryKey(page, ` ${prepared.recoveryKey.toLowerCase().replaceAll('-', ' ')} `);
    return saveNewKey(page);
  });
  expect(fresh).not.toBe(prepared.recoveryKey);

  await test.step('its owner is told', async () => {
    const message = await post.waitFor(pascal.email, 'A spare way into your account was used');
    expect(message.text).toContain('The recovery key');
    expect(message.text).not.toContain(fresh);
  });

  await test.step('the old one has ended, and the new one works', async () => {
    await signOut(page);
    await startSecondStep(page, prepared);
    await chooseRecoveryKey(page);
    await giveRecoveryKey(page, prepared.recoveryKey);
    await expect(page.getByLabel('Recovery key')).toHaveAccessibleDescription(/didn’t match/);
    await giveRecoveryKey(page, fresh);
    await saveNewKey(page);
  });
});

test('the new key is shown until it is saved, and nothing of the account before', async ({ page, pascal }) => {
  await signIn(page, pascal);
  const prepared = await setUpApp(page, pascal);
  await signOut(page);
  await startSecondStep(page, prepared);
  await chooseRecoveryKey(page);
  await giveRecoveryKey(page, prepared.recoveryKey);
  await expectHeading(page, 'Save your new recovery key');
  const fresh = await readRecoveryKey(page);
  await page.reload();
  expect(await readRecoveryKey(page)).toBe(fresh);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('checkbox', { name: /^I’ve saved/ })).toBeFocused();
  expect(await saveNewKey(page)).toBe(fresh);
});

test('a key that isn’t whole is refused without being lost', async ({ page, pascal }) => {
  await signIn(page, pascal);
  const prepared = await setUpApp(page, pascal);
  await signOut(page);
  await startSecondStep(page, prepared);
  await chooseRecoveryKey(page);
  const half = prepared.recoveryKey.slice(0, 17);
  await giveRecoveryKey(page, half);
  await expect(page.getByLabel('Recovery key')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Recovery key')).toHaveValue(half);
  await giveRecoveryKey(page, prepared.recoveryKey);
  await saveNewKey(page);
});

test('the downloaded sheet has the key too', async ({ page, pascal }) => {
  await signIn(page, pascal);
  await page.getByRole('link', { name: 'Set one up' }).click();
  await openAppPage(page);
  await connectApp(page, await readKey(page));
  await expectHeading(page, 'Save your backup codes');
  const key = await readRecoveryKey(page);
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  expect(await readFile(await (await downloading).path(), 'utf8')).toContain(key);
});

test('a new key made on the Security page ends the old one', async ({ page, pascal }) => {
  await signIn(page, pascal);
  const prepared = await setUpApp(page, pascal);
  await page.getByRole('link', { name: 'Create a new key' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Create a new key' }).click();
  const fresh = await saveNewKey(page);
  await signOut(page);
  await startSecondStep(page, prepared);
  await chooseRecoveryKey(page);
  await giveRecoveryKey(page, prepared.recoveryKey);
  await expect(page.getByLabel('Recovery key')).toHaveAccessibleDescription(/didn’t match/);
  await giveRecoveryKey(page, fresh);
  await saveNewKey(page);
});
