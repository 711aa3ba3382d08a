import quantityPicker from '../../examples/files/quantity-picker.tsx?raw';
import settings from '../../examples/files/settings.py?raw';
import textHelpers from '../../examples/files/text-helpers.ts?raw';
import textHelpersUpdate from '../../examples/files/text-helpers.update.ts?raw';
import type {EditInput} from './edit/edit-messages.ts';

export interface Example extends EditInput {
	/** In links. */
	readonly id: string;
	readonly title: string;
}

export const examples: readonly Example[] = [
	{
		id: 'update',
		title: 'Merge an update',
		path: 'text-helpers.ts',
		original: textHelpers,
		instruction: '',
		update: textHelpersUpdate,
	},
	{
		id: 'comment',
		title: 'Add a comment',
		path: 'quantity-picker.tsx',
		original: quantityPicker,
		instruction: 'Please add a single comment.',
		update: '',
	},
	{
		id: 'value',
		title: 'Change a value',
		path: 'settings.py',
		original: settings,
		instruction: 'Change `DEFAULT_RETRIES` to 5.',
		update: '',
	},
	{
		id: 'rename',
		title: 'Rename a name',
		path: 'quantity-picker.tsx',
		original: quantityPicker,
		instruction: 'Rename `quantity` to `count`.',
		update: '',
	},
];
