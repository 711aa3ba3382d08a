/**
 * Finds Chromium, and installs Debian's where it is missing and may be installed. Says so where it can't.
 *   node test/web/install-chromium.mjs
 */
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** @returns {string | undefined} path of a Chromium */
export function findChromium() {
	return [process.env.REDRAFT_TEST_CHROMIUM, ...places].find(place => place && existsSync(place));
}

/** @returns {string | undefined} path of a Chromium, which may have been installed just now */
export function installChromium() {
	const found = findChromium();
	if (found || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
		return found;
	}
	const options = {
		stdio: ['ignore', 'ignore', 'inherit'],
		env: {...process.env, DEBIAN_FRONTEND: 'noninteractive'},
	};
	spawnSync('apt-get', ['update', '-qq'], options);
	spawnSync(
		'apt-get',
		['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-liberation'],
		options,
	);
	return findChromium();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const chromium = installChromium();
	console.log(chromium ? `Chromium: ${chromium}` : 'Chromium: none, the tests of the page are skipped');
}
