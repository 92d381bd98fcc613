import { test } from '../fixtures/mail';
import { expectAccessible } from '../support/axe';
import { mailJourney } from '../support/mail-journey';

test('axe finds nothing on the way by mail', async ({ page, post, pascal }) => {
  test.slow();
  await mailJourney(page, post, pascal, (screen) => expectAccessible(page, screen));
});
