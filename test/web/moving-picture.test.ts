import anyTest, {type TestFn} from 'ava';
import UPNG from 'upng-js';
import {serveHttp} from '../http/serve.ts';
import {closeBrowser, missingChromium, openPage} from './chromium-page.ts';
import {movingPicture, recordPage} from './moving-picture.ts';

const test = (missingChromium === undefined ? anyTest : anyTest.skip) as TestFn;
anyTest.before(t => missingChromium !== undefined && t.log(missingChromium));
anyTest.after.always(closeBrowser);

test('a race is recorded to its end, as a PNG that moves at the speed of the page', async t => {
	const {baseURL} = await serveHttp(t, 'const a = 2;\n```', {hasPage: true, passMs: 50});
	const viewport = {width: 640, height: 480};
	const page = await openPage(t, baseURL.replace('/v1', '/'), {viewport});
	const race = async () => {
		await page.getByRole('button', {name: 'Race'}).click();
		await page.locator('#verdict').waitFor();
	};
	const frames = await recordPage(page, race());
	const options = {maxFrames: 5, lastMs: 2000, numColors: 32};
	const picture = movingPicture(frames, options);
	const {width, height, frames: shown} = UPNG.decode(new Uint8Array(picture).buffer);
	t.deepEqual({width, height}, viewport);
	t.true(shown.length >= 2 && shown.length <= 5);
	// Frames at the end that look alike are one, which is the last.
	const lastChange = frames.findLast(({png}, index) => !png.equals(frames[index - 1]!.png))!;
	const movingMs = shown.slice(0, -1).reduce((sum, {delay}) => sum + delay, 0);
	t.true(Math.abs(movingMs - lastChange.atMs) <= shown.length);
	t.is(shown.at(-1)!.delay, options.lastMs);
});
