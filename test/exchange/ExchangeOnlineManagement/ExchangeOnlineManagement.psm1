Write-Host 'a module that speaks while it is loaded'

function Connect-ExchangeOnline {
  [CmdletBinding()]
  param([string]$AccessToken, [string]$Organization, [string]$ConnectionUri, [string]$ExchangeEnvironmentName,
    [string[]]$CommandName, [switch]$SkipLoadingFormatData, [switch]$ShowBanner)
  Write-Host 'a banner nobody asked for'
  if ($env:STAND_IN_CONNECT) { throw $env:STAND_IN_CONNECT }
}

# The real one asks, and the older ones say goodbye by Write-Host.
function Disconnect-ExchangeOnline {
  [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
  param()
  if ($PSCmdlet.ShouldProcess('the connection')) { Write-Host 'Disconnected successfully !' }
}

# Says of each parameter what arrived.
function New-MigrationEndpoint {
  [CmdletBinding()]
  param([string]$Name, [pscredential]$Credentials, [datetime]$StartAfter, [byte[]]$CSVData, [string[]]$List, [switch]$Autodiscover,
    [int]$MaxConcurrentMigrations, [bool]$Confirm)
  Write-Warning 'a warning'
  [pscustomobject]@{
    Name     = $Name
    User     = if ($Credentials) { $Credentials.UserName }
    Password = if ($Credentials) { $Credentials.GetNetworkCredential().Password }
    Kind     = "$($StartAfter.Kind)"
    Date     = $StartAfter.ToString('o')
    Bytes    = if ($null -ne $CSVData) { $CSVData.Length } else { -1 }
    List     = if ($null -ne $List) { $List -join '|' }
    Switched = $Autodiscover.IsPresent
    Number   = $MaxConcurrentMigrations
    Flag     = $Confirm
    Made     = [datetime]::new(2026, 11, 26, 8, 0, 0, 'Utc')
  }
}

function Set-WrittenOnly { [CmdletBinding()] param([string]$Identity) $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([Exception]::new('only written'), 'WrittenOnly', 'NotSpecified', $null)); 'went on' }
function Set-MarkedOnly { [CmdletBinding()] param([string]$Identity) $global:EXO_LastExecutionStatus = $false }
function Set-Ended { [CmdletBinding()] param([string]$Identity) [Environment]::Exit(7) }
function Get-Rows { [CmdletBinding()] param([int]$Count) for ($i = 0; $i -lt $Count; $i++) { [pscustomobject]@{ Index = $i } } }
