import fc from 'fast-check';

/** Well-formed Unicode with more of what breaks tokenizers than chance would bring. */
export const anyText: fc.Arbitrary<string> = fc
	.array(
		fc.oneof(
			fc.string({unit: 'binary', maxLength: 20}),
			fc.string({unit: 'grapheme', maxLength: 10}),
			fc.constantFrom(
				'\r\n',
				'\n',
				'\r',
				'\t',
				'    ',
				' ',
				'\u0000',
				'\u0004',
				'\u001b',
				'\u007f',
				'\u0085',
				'\ufeff',
			),
			fc.constantFrom(
				'<|im_end|>',
				'<|endoftext|>',
				'```',
				'👩‍👩‍👧',
				'e\u0301',
				'\u212b',
				'für',
				'the',
				"don't",
				'42',
			),
		),
		{maxLength: 12},
	)
	.map(parts => parts.join(''));
