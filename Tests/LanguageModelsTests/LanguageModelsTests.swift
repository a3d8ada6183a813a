// Tests of LanguageModels.
