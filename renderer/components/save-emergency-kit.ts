import { saveText } from './save-text.ts';

/** The page that gets the files back without us; it holds the password. */
export function saveEmergencyKit(text: string): void {
  saveText(text, 'holdfast-emergency-kit.txt');
}
