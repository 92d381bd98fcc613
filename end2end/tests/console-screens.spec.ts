import { test } from '../fixtures';
import { expectAccessible } from '../support/axe';
import { consoleJourney } from '../support/console-journey';

test.use({ allowedErrors: /409/ });

test('every screen of the console can be used by everybody, in both themes', async ({ page, floor }) => {
  test.slow();
  await consoleJourney(page, floor, (screen) => expectAccessible(page, screen));
});
