import { test } from '../../fixtures';
import { consoleJourney } from '../../support/console-journey';
import { expectFits } from '../../support/fits';

test.use({ allowedErrors: /409/ });

test('every screen of the console fits a phone', async ({ page, floor }) => {
  await consoleJourney(page, floor, (screen) => expectFits(page, screen));
});
