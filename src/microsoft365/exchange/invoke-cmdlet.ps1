# Runs one Exchange Online cmdlet. Standard input: one JSON document, with the token and secrets; this text holds none.
# Standard output: lines that begin with the request's marker are ours; all others are a module's and are not read.
$ErrorActionPreference = 'Stop'
$ProgressPreference = $WarningPreference = $InformationPreference = $VerbosePreference = $DebugPreference = 'SilentlyContinue'
# JsonDocument leaves text as it is; ConvertFrom-Json makes dates of what looks like one (-DateKind String is newer than 7.4).
$text = @($input) -join "`n"
if (-not $text) { $text = [Console]::In.ReadToEnd() }
$request = [System.Text.Json.JsonDocument]::Parse($text).RootElement
$text = $null
function Text($element, $name) { $element.GetProperty($name).GetString() }
function Say($value) {
  $json = ConvertTo-Json $value -Depth 6 -Compress -EnumsAsStrings -EscapeHandling EscapeNonAscii -WarningAction SilentlyContinue
  [Console]::Out.WriteLine((Text $request 'marker') + $json)
  [Console]::Out.Flush()
}
$stage = 'module'
try {
  # Every stream goes to nothing: modules speak by Write-Host, and under -EncodedCommand that reaches the error stream.
  Import-Module ExchangeOnlineManagement -MinimumVersion 3.1.0 *> $null
  $stage = 'connect'
  $connect = @{ ShowBanner = $false; SkipLoadingFormatData = $true; CommandName = @(Text $request 'cmdlet') }
  foreach ($property in $request.GetProperty('connect').EnumerateObject()) { $connect[$property.Name] = $property.Value.GetString() }
  Connect-ExchangeOnline @connect *> $null
  $parameters = @{}
  foreach ($item in $request.GetProperty('parameters').EnumerateArray()) {
    $value = if ((Text $item 'type') -notin 'switch', 'credential') { $item.GetProperty('value') }
    $parameters[(Text $item 'name')] = switch (Text $item 'type') {
      'text' { $value.GetString() }
      'number' { $value.GetDecimal() }
      'boolean' { $value.GetBoolean() }
      'strings' { , [string[]]@($value.EnumerateArray() | ForEach-Object { $_.GetString() }) }
      'bytes' { , $value.GetBytesFromBase64() }
      'date' { [datetime]::Parse($value.GetString(), [cultureinfo]::InvariantCulture, 'RoundtripKind') }
      'switch' { [switch]$true }
      # No cmdlet takes the password as a parameter: module logging writes those down. An empty one is taken too.
      'credential' { [pscredential]::new((Text $item 'userName'), [System.Net.NetworkCredential]::new('', (Text $item 'password')).SecurePassword) }
      default { throw "parameter $(Text $item 'name'): unknown type $_" }
    }
  }
  # From here on something may have been done. A kill before this line has done nothing.
  $stage = 'cmdlet'
  Say @{ stage = $stage }
  $warned = $failed = $null
  $global:EXO_LastExecutionStatus = $true
  $rows = @(& (Text $request 'cmdlet') @parameters -ErrorAction Stop -ErrorVariable failed -WarningAction SilentlyContinue -WarningVariable warned 2> $null 3> $null 6> $null | Select-Object -Property *)
  # The module may write an error by its own preference and go on; its mark tells of a failure without any error.
  if ($failed) { throw $failed[0] }
  if ($global:EXO_LastExecutionStatus -eq $false) { throw 'the module says that the cmdlet failed and gives no reason' }
  Say @{ ok = $true; rows = $rows; warnings = @($warned | ForEach-Object { "$_" }); date = [datetime]::UtcNow.ToString('o') }
}
catch {
  Say @{ ok = $false; stage = $stage; message = "$($_.Exception.Message)"; id = "$($_.FullyQualifiedErrorId) $($_.Exception.GetType().FullName)" }
}
finally {
  if ($stage -eq 'cmdlet') { try { Disconnect-ExchangeOnline -Confirm:$false *> $null } catch { } }
}
