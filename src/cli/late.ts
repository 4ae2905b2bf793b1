import { add } from './add.ts';
import { callTool } from './call.ts';
import { connect } from './connect/connect.ts';
import { edit } from './edit.ts';
import { runInForeground } from './foreground.ts';
import { importServers } from './import.ts';
import { logs } from './logs.ts';
import { namesInRegistry, serverWords } from './registry-names.ts';
import { rememberedTools } from './remembered-tools.ts';
import { remove } from './remove.ts';

/**
 * What needs the registry's schemas or the log reader, behind one door: `await import('./late.ts')`. Commands that get by
 * without stay quick, and the bundle keeps few files (each one more costs a start half a millisecond).
 */
export const late = {
  add,
  callTool,
  connect,
  edit,
  importServers,
  logs,
  namesInRegistry,
  rememberedTools,
  remove,
  runInForeground,
  serverWords,
};
