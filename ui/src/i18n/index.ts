import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import screens from "./en/index";
import en from "./en.json";

void i18n.use(initReactI18next).init({
  lng: "en",
  fallbackLng: "en",
  resources: { en: { translation: { ...en, ...screens } } },
  interpolation: { escapeValue: false },
  initAsync: false,
});

export default i18n;
