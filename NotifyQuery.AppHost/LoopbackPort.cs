using System.Net;
using System.Net.Sockets;

namespace NotifyQuery.AppHost;

/// <summary>A port of "localhost", which is 127.0.0.1 and ::1. A server does not start if the port is in use on one of them.</summary>
internal static class LoopbackPort
{
    /// <summary>Whether a server can listen on this port.</summary>
    public static bool IsFree(int port) =>
        IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port));

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException exception)
        {
            // IPv6 may be compiled in but disabled. Then no server can listen there, and none tries to.
            return exception.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported;
        }
    }
}
