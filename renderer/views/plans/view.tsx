import { Redirect, Route, Switch } from 'wouter';
import { EditPlan } from './editor/edit-plan.tsx';
import { NewPlan } from './editor/new-plan.tsx';
import { PlanList } from './plan-list.tsx';

export function View() {
  return (
    <Switch>
      <Route path="/plans" component={PlanList} />
      <Route path="/plans/new" component={NewPlan} />
      <Route path="/plans/:id">{({ id }) => <EditPlan key={id} id={id} />}</Route>
      <Route>
        <Redirect to="/plans" />
      </Route>
    </Switch>
  );
}
