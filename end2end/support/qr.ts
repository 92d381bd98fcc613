import type { Browser, Locator } from '@playwright/test';
import jsQR from 'jsqr';

/** What a phone's camera reads from the picture: not from the markup, from its pixels. */
export async function scan(browser: Browser, code: Locator): Promise<string | undefined> {
  const png = (await code.screenshot()).toString('base64');
  const decoder = await browser.newPage();
  const { pixels, width, height } = await decoder.evaluate(async (png) => {
    const bytes = Uint8Array.from(atob(png), (char) => char.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const { width, height } = bitmap;
    const canvas = new OffscreenCanvas(width, height).getContext('2d');
    canvas?.drawImage(bitmap, 0, 0);
    return { pixels: canvas?.getImageData(0, 0, width, height).data, width, height };
  }, png);
  await decoder.close();
  return pixels && jsQR(pixels, width, height)?.data;
}
