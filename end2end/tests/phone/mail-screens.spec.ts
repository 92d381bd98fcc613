import { test } from '../../fixtures/mail';
import { expectFits } from '../../support/fits';
import { mailJourney } from '../../support/mail-journey';

test('the way by mail fits the screen', async ({ page, post, pascal }) => {
  await mailJourney(page, post, pascal, (screen) => expectFits(page, screen));
});
