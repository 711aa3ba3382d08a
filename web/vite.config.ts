import {defineConfig} from 'vite';
import {thirdPartyNotices} from './third-party-notices.ts';

/** The page, as static files that the service carries: nothing of it is fetched from elsewhere. */
export default defineConfig({
	root: import.meta.dirname,
	// The port may lie behind a path of a proxy.
	base: './',
	plugins: [thirdPartyNotices()],
	build: {
		outDir: '../dist/web',
		emptyOutDir: true,
		target: 'es2022',
		// Inlined files would need `data:` in the policy.
		assetsInlineLimit: 0,
		modulePreload: {polyfill: false},
	},
});
