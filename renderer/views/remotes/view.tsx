import { Redirect, Route, Switch } from 'wouter';
import { BackupPage } from './backup/backup-page.tsx';
import { AddRemote } from './connection/add-remote.tsx';
import { EditRemote } from './connection/edit-remote.tsx';
import { RemotePage } from './detail/remote-page.tsx';
import { RemoteList } from './remote-list.tsx';

export function View() {
  return (
    <Switch>
      <Route path="/remotes" component={RemoteList} />
      <Route path="/remotes/new" component={AddRemote} />
      <Route path="/remotes/:id/edit">{({ id }) => <EditRemote key={id} id={id} />}</Route>
      <Route path="/remotes/:id/backups/:backup">
        {({ id, backup }) => <BackupPage key={`${id}/${backup}`} remoteId={id} backupId={decodeURIComponent(backup)} />}
      </Route>
      <Route path="/remotes/:id">{({ id }) => <RemotePage key={id} id={id} />}</Route>
      <Route>
        <Redirect to="/remotes" />
      </Route>
    </Switch>
  );
}
