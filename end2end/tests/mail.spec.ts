import { test as withoutPost } from '../fixtures';
import { expect, sender, test } from '../fixtures/mail';
import { linkIn, withLink } from '../support/letters';
import { afterLease, afterRetries } from '../support/mailbox';
import { askForLink, receiveResetLink } from '../support/password';
import { PostOffice } from '../support/post-office';
import { expectHeading } from '../support/sign-in';

/** What these tests have sent; whatever else is sent on the way is left alone. */
const aLink = withLink('/reset-password');

for (const tls of ['starttls', 'implicit'] as const) {
  test.describe(`through ${tls === 'implicit' ? 'TLS from the first byte' : 'STARTTLS'} and a login`, () => {
    test.use({ postOptions: { tls, login: { user: 'countersign@quillbrook', pass: 'kestrel/harbour:9' } } });

    test('mail arrives encrypted and under that login', async ({ page, post, pascal }) => {
      await askForLink(page, pascal.email);
      const message = await post.waitFor(pascal.email, aLink);
      expect(message).toMatchObject({ isSecure: true, user: 'countersign@quillbrook', from: sender, to: [pascal.email] });
      expect(message.id).toMatch(/^<.+@.+>$/);
    });
  });
}

test.describe('through STARTTLS, with an authority that the server doesn’t know', () => {
  test.use({
    postOptions: { tls: 'starttls' },
    environment: ({ post }, use) => use({ COUNTERSIGN_SMTP_URL: post.url, COUNTERSIGN_MAIL_FROM: sender }),
  });

  test('nothing is sent, and the log says why', async ({ page, post, server, pascal }) => {
    await askForLink(page, pascal.email);
    await expect.poll(() => server.log, { message: 'the log' }).toMatch(/certificate/i);
    expect(post.mailTo(pascal.email)).toEqual([]);
  });
});

test('mail has the headers that mail needs, and text beside its HTML', async ({ page, post, pascal }) => {
  await askForLink(page, pascal.email);
  const message = await post.waitFor(pascal.email, aLink);
  expect(new Date(message.headers.get('date') ?? '').getTime()).toBeLessThanOrEqual(message.receivedAt.getTime());
  expect(message.headers.get('from')).toContain(sender);
  expect(message.headers.get('to')).toContain(pascal.email);
  expect(message.headers.get('content-type')).toContain('multipart/alternative');
  // An absence note answers a person: this asks it not to (RFC 3834).
  expect(message.headers.get('auto-submitted')).toBe('auto-generated');
  expect(message.rawHeaders, 'headers are ASCII').toMatch(/^[\x20-\x7e\r\n\t]+$/);
  expect(message.html, 'nothing is loaded from anywhere').not.toMatch(/<img|<link|<script|url\(/i);
});

test('mail waits for a post office that is closed, and comes once', async ({ page, post, pascal }) => {
  await post.close();
  await askForLink(page, pascal.email);
  await post.restart();
  await post.waitFor(pascal.email, aLink, afterRetries);
  expect(post.mailTo(pascal.email).filter(aLink)).toHaveLength(1);
});

test('mail that a killed server hadn’t sent is sent by the next one', async ({ page, post, server, pascal }) => {
  test.slow();
  await post.close();
  await askForLink(page, pascal.email);
  await server.kill9();
  await post.restart();
  await server.startAgain();
  await page.goto(linkIn(await post.waitFor(pascal.email, aLink, afterLease), '/reset-password'));
  await expectHeading(page, 'Choose a new password');
});

test('a message whose answer got lost comes twice, as one', async ({ page, post, pascal }) => {
  // The link that went when the account was made.
  await post.waitFor(pascal.email, withLink('/confirm-email'), 15_000);
  post.breakOffAfterData(1, pascal.email);
  await askForLink(page, pascal.email);
  const ids = () => post.mailTo(pascal.email).filter(aLink).map(({ id }) => id);
  await expect.poll(ids, { timeout: afterRetries }).toHaveLength(2);
  expect(new Set(ids()).size).toBe(1);
});

test('a slow post office keeps nobody waiting', async ({ page, post, pascal }) => {
  post.slow(30_000);
  await askForLink(page, pascal.email);
});

test('"countersign doctor" names mail that was refused, and why', async ({ page, post, server, pascal }) => {
  expect(await server.doctor()).toMatchObject({ code: 0 });
  post.refuseRecipients();
  await askForLink(page, pascal.email);
  const findings = async () => (await server.doctor()).printed;
  await expect.poll(findings, { timeout: afterRetries }).toContain(PostOffice.refusal);
  const { code, printed } = await server.doctor();
  expect(code).toBe(1);
  expect(printed).toMatch(/^ {2}BAD .*mail/im);
  expect(printed).toContain('550');
  expect(post.mailTo(pascal.email).filter(aLink)).toEqual([]);
});

withoutPost('without a mail server, mail is a file in the data folder, and the log says where', async ({ page, server, pascal }) => {
  await askForLink(page, pascal.email);
  await page.goto(await receiveResetLink(server.mailFolder, pascal.email));
  await expectHeading(page, 'Choose a new password');
  expect(server.log).toMatch(/\.eml/);
});

withoutPost('no link is in the log', async ({ page, server, pascal }) => {
  await askForLink(page, pascal.email);
  const token = new URL(await receiveResetLink(server.mailFolder, pascal.email)).searchParams.get('token') ?? '';
  expect(token).not.toBe('');
  expect(server.log).not.toContain(token);
});
