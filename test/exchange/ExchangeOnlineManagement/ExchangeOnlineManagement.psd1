@{
  RootModule        = 'ExchangeOnlineManagement.psm1'
  ModuleVersion     = '3.8.0'
  GUID              = '5e1b1c9c-6a0a-4d9e-8a0c-3b6c9b8d2f10'
  Description       = 'Stands in for the real module in a test: its parameter types, and what modules do wrong'
  FunctionsToExport = '*'
}
