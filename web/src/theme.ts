type Theme = 'light' | 'dark';

const key = 'theme';

/** Switches between light and dark; without a choice the page follows the system. */
export function setUpTheme(button: HTMLButtonElement, onChange: () => void): void {
	const system = matchMedia('(prefers-color-scheme: dark)');
	const current = (): Theme =>
		(document.documentElement.dataset.theme as Theme | undefined) ?? (system.matches ? 'dark' : 'light');
	const show = () => {
		const other = current() === 'dark' ? 'light' : 'dark';
		button.textContent = other === 'dark' ? '☾' : '☀';
		button.setAttribute('aria-label', `Switch to ${other}`);
		onChange();
	};
	const stored = localStorage.getItem(key);
	if (stored === 'light' || stored === 'dark') {
		document.documentElement.dataset.theme = stored;
	}

	button.addEventListener('click', () => {
		const theme = current() === 'dark' ? 'light' : 'dark';
		document.documentElement.dataset.theme = theme;
		localStorage.setItem(key, theme);
		show();
	});
	system.addEventListener('change', show);
	show();
}
