/** Keys that work everywhere: Alt+Shift and a digit for each screen, Ctrl or ⌘ and "/" for the list of them. */
import { Kbd, Modal, Table } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { navigation } from './screens.ts';

export function Shortcuts() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [opened, help] = useDisclosure(false);
  useHotkeys([
    // By position, so that layouts with other characters on these keys have them too.
    ...navigation.map(
      ({ path }, at) => [`alt+shift+Digit${at + 1}`, () => navigate(path), { usePhysicalKeys: true }] as const,
    ),
    ['mod+/', help.toggle],
  ] as unknown as Parameters<typeof useHotkeys>[0]);
  return (
    <Modal
      opened={opened}
      onClose={help.close}
      title={t('shortcuts.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Table>
        <Table.Tbody>
          {navigation.map(({ name }, at) => (
            <Row
              key={name}
              label={t('shortcuts.go', { screen: t(`nav.${name}`) })}
              keys={['Alt', 'Shift', String(at + 1)]}
            />
          ))}
          <Row label={t('shortcuts.help')} keys={['Ctrl', '/']} />
        </Table.Tbody>
      </Table>
    </Modal>
  );
}

function Row({ label, keys }: { readonly label: string; readonly keys: readonly string[] }) {
  return (
    <Table.Tr>
      <Table.Td>{label}</Table.Td>
      <Table.Td ta="end">
        {keys.map((key) => (
          <span key={key}>
            <Kbd>{key}</Kbd>{' '}
          </span>
        ))}
      </Table.Td>
    </Table.Tr>
  );
}
