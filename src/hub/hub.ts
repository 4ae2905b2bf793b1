import type { OpenHub } from '../supervisor/hub-side.ts';

export const openHub: OpenHub | null = null;
