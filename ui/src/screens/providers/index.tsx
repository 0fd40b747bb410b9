import { Route, Switch } from "wouter";
import { AddProvider } from "./AddProvider";
import { ProviderList } from "./ProviderList";
import "./providers.css";

export default function Providers() {
  return (
    <Switch>
      <Route path="/providers/_new/:kind?">{({ kind }) => <AddProvider kind={kind} />}</Route>
      <Route path="/providers/:name?">{({ name }) => <ProviderList selected={name} />}</Route>
    </Switch>
  );
}
