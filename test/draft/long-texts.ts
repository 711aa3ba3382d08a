const units = {
	blanks: ' ',
	tabs: '\t',
	'line breaks': '\n',
	'carriage returns': '\r',
	letters: 'a',
	digits: '7',
	underscores: '_',
	dots: '.',
	ellipses: '…',
	slashes: '/',
	stars: '*',
	hashes: '#',
	dashes: '-',
	semicolons: ';',
	brackets: '(',
	braces: '{',
	'closing braces': '}',
	quotes: '"',
	backticks: '`',
	'accented letters': 'é',
	'characters outside of the basic plane': '🧪',
	'zero-width joiners': '\u200d',
	'lines of one brace': '}\n',
	words: 'rename a to b ',
	'marker words': 'rest of existing code ',
} as const;

/** Texts of one character or of a few over and over, by what they are made of. */
export function longTexts(length: number): (readonly [name: string, text: string])[] {
	return Object.entries(units).map(([name, unit]) => [name, unit.repeat(length / unit.length)]);
}
