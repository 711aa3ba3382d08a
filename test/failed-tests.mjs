/** How much of a failed test is told again at the end: a log may be cut anywhere else. */
const maxLines = 60;

/**
 * Failed tests as their runner printed them.
 * @param {string} output what AVA prints with `--tap`
 * @returns {string[]} each with the cause below its name
 */
export function failedByAva(output) {
	const failed = [];
	let lines;
	for (const line of output.split('\n')) {
		if (line.startsWith('not ok ')) {
			lines = [];
			failed.push(lines);
		} else if (/^(ok |#|1\.\.)/.test(line)) {
			lines = undefined;
		}
		if (lines && lines.length < maxLines) {
			lines.push(line);
		}
	}
	return failed.map(lines => lines.join('\n'));
}

/**
 * Failed tests as pytest lists them at its end.
 * @param {string} output
 * @returns {string[]} each a line
 */
export function failedByPytest(output) {
	return output.split('\n').filter(line => /^(FAILED|ERROR) /.test(line));
}
