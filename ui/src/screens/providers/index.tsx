import { Route, Switch } from "wouter";
import { AddProvider } from "./AddProvider";
import { ProviderList } from "./ProviderList";
import "./providers.css";

export default function Providers() {
  return (
    <Switch>
      <Route path="/providers/_new">
        <AddProvider />
      </Route>
      <Route path="/providers/_new/:kind">
        {({ kind }) => <AddProvider key={kind} kind={kind} />}
      </Route>
      <Route path="/providers/:name?">{({ name }) => <ProviderList selected={name} />}</Route>
    </Switch>
  );
}
