/** The *growth* sets: any number of files, every second one empty, the others 1 KiB of text; 100 in a folder. */
import type { Piece, Plan } from './plan.ts';

const FILES_PER_FOLDER = 100;
const FOLDERS_PER_FOLDER = 100;

export function planGrowth(fileCount: number): Plan {
  const folderOf = (index: number): string => {
    const outer = String(Math.floor(index / FOLDERS_PER_FOLDER)).padStart(3, '0');
    return `g${outer}/f${String(index % FOLDERS_PER_FOLDER).padStart(2, '0')}`;
  };
  const folders: string[] = [];
  for (let i = 0; i < Math.ceil(fileCount / FILES_PER_FOLDER); i++) {
    const path = folderOf(i);
    if (i % FOLDERS_PER_FOLDER === 0) folders.push(path.slice(0, path.indexOf('/')));
    folders.push(path);
  }
  return {
    folders,
    fileCount,
    pieces: fileCount,
    largeFiles: [],
    piece(number: number): Piece {
      const path = `${folderOf(Math.floor(number / FILES_PER_FOLDER))}/note-${number}.txt`;
      return { path, content: 'text', offset: 0, length: number % 2 === 0 ? 0 : 1024, from: number };
    },
  };
}
